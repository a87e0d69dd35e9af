"""Listening across processes: who hears what, once, and what a closed or absent channel means."""

import pytest

from backend.adapters.memory.channel import MemoryChannel, MemoryExchange
from backend.queues.events import EventName, JobEvent
from backend.queues.listening import QueueEvents
from tests.support.queues import NOON


def event(name=EventName.COMPLETED, queue="aiQc", job_id="j-1"):
    return JobEvent(name, queue, NOON, job_id, {"prev": "active"})


@pytest.fixture
def exchange():
    return MemoryExchange()


def test_an_event_of_another_process_is_heard_by_who_listens_everywhere_and_by_nobody_else(exchange):
    web, worker = QueueEvents(exchange.channel()), QueueEvents(exchange.channel())
    here, everywhere = [], []
    web.on("completed", here.append)
    web.on("completed", everywhere.append, everywhere=True)
    worker.publish(event())
    assert (here, everywhere) == ([], [event()])


def test_an_event_of_this_process_is_heard_by_both_and_once(exchange):
    web = QueueEvents(exchange.channel())
    here, everywhere = [], []
    web.on("*", here.append)
    web.on("*", everywhere.append, everywhere=True)
    web.publish(event())
    assert (here, everywhere) == ([event()], [event()])


def test_many_listeners_tune_in_once(exchange):
    class Counting(MemoryChannel):
        tuned_in = 0

        def listen(self, hear):
            self.tuned_in += 1

    channel = Counting(exchange)
    told = QueueEvents(channel)
    told.on("failed", print)
    assert channel.tuned_in == 0
    for _ in range(3):
        told.on("failed", print, everywhere=True)
    assert channel.tuned_in == 1


def test_name_and_queue_choose_among_the_events_of_other_processes_too(exchange):
    web, worker = QueueEvents(exchange.channel()), QueueEvents(exchange.channel())
    heard = []
    web.on("failed", heard.append, queue="email", everywhere=True)
    wanted = event(EventName.FAILED, "email")
    for each in (event(EventName.FAILED), event(queue="email"), wanted):
        worker.publish(each)
    assert heard == [wanted]


def test_a_listener_that_raises_does_not_keep_the_others_from_hearing_elsewhere(exchange):
    web, worker = QueueEvents(exchange.channel()), QueueEvents(exchange.channel())
    heard = []

    def careless(_event):
        raise ValueError("careless")

    web.on("*", careless, everywhere=True)
    web.on("*", heard.append, everywhere=True)
    worker.on("*", careless)
    worker.publish(event())
    assert heard == [event()]


def test_while_the_exchange_is_away_this_process_still_hears_itself(exchange):
    web, worker = QueueEvents(exchange.channel()), QueueEvents(exchange.channel())
    here, there = [], []
    worker.on("*", here.append)
    web.on("*", there.append, everywhere=True)
    exchange.away = True
    worker.publish(event())
    exchange.away = False
    worker.publish(event(job_id="j-2"))
    assert ([each.job_id for each in here], [each.job_id for each in there]) == (["j-1", "j-2"], ["j-2"])


def test_without_a_channel_everything_stays_in_this_process():
    told = QueueEvents()
    heard = []
    told.on("*", heard.append, everywhere=True)
    told.publish(event())
    told.close()
    assert heard == [event()]


def test_closing_closes_the_channel(exchange):
    channel = exchange.channel()
    told = QueueEvents(channel)
    told.publish(event())
    told.close()
    told.publish(event(job_id="late"))
    assert [each.job_id for each in channel.sent] == ["j-1"]


def test_a_listener_taken_off_by_another_during_an_event_still_hears_this_one_and_no_more():
    told = QueueEvents()
    heard = []
    stop = []
    told.on("*", lambda _event: stop[0]())
    stop.append(told.on("*", heard.append))
    told.publish(event())
    told.publish(event())
    assert heard == [event()]
    assert told.listening == 1
