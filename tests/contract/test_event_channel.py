"""One suite for every event channel: what one process sends the others hear, and nobody ever waits."""

import time

import pytest

from backend.adapters.memory.channel import MemoryExchange
from backend.adapters.redis.events import RedisEvents
from backend.queues.events import EventName, JobEvent
from tests.support.queue_runs import until
from tests.support.queues import NOON


def event(job_id="j-1", queue="aiQc", name=EventName.COMPLETED, **arguments):
    return JobEvent(name, queue, NOON, job_id, arguments)


@pytest.fixture(params=["memory", "redis"])
def new_channel(request):
    """Makes a channel as one more process has it."""
    if request.param == "memory":
        yield MemoryExchange().channel
        return
    url, made = request.getfixturevalue("redis_url"), []

    def make():
        made.append(RedisEvents.open(url, deadline_ms=2000))
        return made[-1]

    yield make
    for channel in made:
        channel.close()


def listening(channel, sender):
    """What the channel hears, from the moment that it certainly listens; the probes that showed it are left out."""
    probes, heard = [], []
    channel.listen(lambda each: (probes if each.job_id == "probe" else heard).append(each))
    assert until(lambda: sender.send(event("probe")) or probes, 10)
    return heard


def test_an_event_arrives_in_another_process_as_it_was(new_channel):
    sender, receiver = new_channel(), new_channel()
    heard = listening(receiver, sender)
    sent = event(result={"ชื่อ": "ขมิ้นชัน", "n": 1.5, "none": None}, prev="active")
    sender.send(sent)
    assert until(lambda: heard)
    assert heard == [sent]


def test_events_arrive_in_their_order_and_of_every_queue(new_channel):
    sender, receiver = new_channel(), new_channel()
    heard = listening(receiver, sender)
    queues = ["aiQc", "email", "calendar", "report"] * 60
    for number, queue in enumerate(queues):
        sender.send(event(f"j-{number}", queue))
    assert until(lambda: len(heard) >= len(queues))
    assert [(each.job_id, each.queue) for each in heard] == [(f"j-{number}", queue) for number, queue in enumerate(queues)]


def test_everybody_hears_it_but_the_sender(new_channel):
    sender, other, third = new_channel(), new_channel(), new_channel()
    own = listening(sender, other)
    heard, also = listening(other, sender), listening(third, sender)
    sender.send(event())
    assert until(lambda: heard and also)
    time.sleep(0.1)
    assert (len(heard), len(also), own) == (1, 1, [])


def test_nothing_is_sent_or_heard_after_the_end(new_channel):
    sender, receiver = new_channel(), new_channel()
    heard = listening(receiver, sender)
    sender.close()
    sender.send(event())
    receiver.close()
    new_channel().send(event())
    time.sleep(0.2)
    assert heard == []


def test_what_was_sent_before_the_end_still_arrives(new_channel):
    sender, receiver = new_channel(), new_channel()
    heard = listening(receiver, sender)
    for number in range(300):
        sender.send(event(f"j-{number}"))
    sender.close()
    assert until(lambda: len(heard) == 300)


def test_sending_takes_no_time(new_channel):
    sender = new_channel()
    sender.send(event())
    began = time.monotonic()
    for _ in range(200):
        sender.send(event())
    assert (time.monotonic() - began) / 200 < 0.005
