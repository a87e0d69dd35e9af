"""Nobody waits for Redis longer than the deadline, however it fails to answer."""

import threading
import time
from contextlib import contextmanager, suppress

import pytest

from backend.adapters.embedded.valkey import serving
from backend.adapters.rq.broker import RqBroker
from backend.context import somebody_waits
from backend.queues.errors import BrokerUnavailable, PatienceLost
from backend.queues.ports import Ticket
from tests.support.redis_server import RedisServer
from tests.support.slow_line import slow_line

pytestmark = pytest.mark.servers
DEADLINE_MS = 250
TICKET = Ticket("one", "work", "aiQc")
CALLS = pytest.mark.parametrize(
    "call", [lambda broker: broker.hand_over([TICKET]), lambda broker: broker.ping()], ids=["hand over", "ping"]
)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("valkey")) as address:
        yield address


@contextmanager
def broker_at(url):
    broker = RqBroker.open(url, deadline_ms=DEADLINE_MS)
    yield broker
    broker.close()


def quickest(call, broker, tries=3):
    """How long the call took before it gave up, at best: a busy machine can make anything slow, and nothing quick."""
    waits = []
    for _ in range(tries):
        began = time.monotonic()
        with pytest.raises(BrokerUnavailable):
            call(broker)
        waits.append(time.monotonic() - began)
    return min(waits)


@CALLS
def test_a_redis_whose_every_answer_is_late_costs_one_deadline_in_all(url, call):
    with slow_line(url, 0.15) as late, broker_at(late) as broker:
        assert quickest(call, broker) < DEADLINE_MS / 1000


@CALLS
@pytest.mark.parametrize("warm", [True, False], ids=["connected", "not connected"])
def test_a_redis_that_hangs_costs_one_deadline(tmp_path, call, warm):
    server = RedisServer(tmp_path)
    try:
        with broker_at(server.url) as broker:
            if warm:
                broker.ping()
            server.hang()
            assert 0.1 < quickest(call, broker) < DEADLINE_MS / 1000
    finally:
        server.kill()


def test_a_redis_that_is_a_little_slow_is_waited_for(url):
    with slow_line(url, 0.03) as line, broker_at(line) as broker:
        broker.ping()
        broker.hand_over([TICKET])
        broker.hand_over([TICKET])
        assert broker.missing(["one", "two"]) == {"two"}


def test_what_the_scheduler_asks_takes_its_time(url):
    with slow_line(url, 0.15) as line, broker_at(line) as broker:
        began = time.monotonic()
        assert broker.missing(["two"]) == {"two"}
        assert time.monotonic() - began > DEADLINE_MS / 1000


def test_one_request_waits_for_one_deadline_however_often_it_asks(tmp_path):
    server = RedisServer(tmp_path)
    with broker_at(server.url) as broker, somebody_waits(DEADLINE_MS / 1000):
        server.hang()
        with pytest.raises(BrokerUnavailable, match="Timeout"):
            broker.ping()
        began = time.process_time()
        for _ in range(100):
            with pytest.raises(PatienceLost):
                broker.hand_over([TICKET])
        assert time.process_time() - began < DEADLINE_MS / 1000, "nothing was asked"
    server.kill()


def test_a_request_whose_every_answer_is_a_little_late_stops_asking(url):
    with slow_line(url, 0.04) as line, broker_at(line) as broker:
        broker.ping()
        with somebody_waits(DEADLINE_MS / 1000):
            for _ in range(4):  # on a busy machine it may be over before that
                with suppress(PatienceLost):
                    broker.hand_over([TICKET])
            with pytest.raises(PatienceLost):
                broker.hand_over([TICKET])
        broker.hand_over([TICKET])


def test_who_waits_while_the_broker_is_closed_meets_with_no_accident(url):
    broker, told = RqBroker.open(url, deadline_ms=DEADLINE_MS), []

    def wait():
        try:
            told.append(broker.wait(["aiQc"], 1))
        except BrokerUnavailable as error:
            told.append(error)

    waits = threading.Thread(target=wait)
    waits.start()
    time.sleep(0.3)
    broker.close()
    waits.join(timeout=10)
    assert len(told) == 1


def impatiently(call):
    """The call as a piece of work makes it for whose end somebody waits; as often as one would, and more."""

    def asked(broker):
        with somebody_waits(DEADLINE_MS / 1000):
            for _ in range(3):
                call(broker)

    return asked


def test_many_jobs_cost_one_deadline_too_where_somebody_waits_for_them(url):
    many = [Ticket(f"many-{number}", "work", "aiQc") for number in range(1_000)]
    with broker_at(url) as quick:
        quick.hand_over([TICKET])  # from now on the server knows the script
    with slow_line(url, 0.025) as line, broker_at(line) as broker:
        broker.ping()
        assert quickest(impatiently(lambda asked: asked.hand_over(many)), broker) < DEADLINE_MS / 1000
        assert 0 < len(broker.missing(ticket.job_id for ticket in many)) < 1_000, "what was taken meanwhile is there"
        broker.hand_over(many)
        assert broker.missing(ticket.job_id for ticket in many) == set(), "the relay has time"


@pytest.mark.parametrize("call", [lambda broker: broker.missing(["two"]), lambda broker: broker.in_flight()], ids=["missing", "in flight"])
def test_a_look_costs_one_deadline_where_somebody_waits_for_it(url, call):
    with slow_line(url, 0.15) as late, broker_at(late) as broker:
        assert quickest(impatiently(call), broker) < DEADLINE_MS / 1000
