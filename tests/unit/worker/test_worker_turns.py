"""The turns of a worker: what is heard while an answer is on its way, and who is kept waiting by a slow Redis or ledger."""

import threading
import time
from dataclasses import dataclass, field

from structlog.testing import capture_logs

from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.rq.worker.bookkeeper import Bookkeeper
from backend.adapters.rq.worker.slots import Slots
from backend.adapters.rq.worker.turns import Turns
from backend.adapters.rq.worker.writing import End, given_back
from backend.queues.ports import Turn
from backend.queues.runner import no_limit
from tests.support.workers import House, shape, until


@dataclass
class Held:
    """A turn that is made, and whose answer comes when the test says so."""

    turn: Turn
    come: threading.Event
    waited_for: threading.Event = field(default_factory=threading.Event)

    def is_answered(self) -> bool:
        return self.come.is_set()

    def answer(self) -> Turn:
        self.waited_for.set()
        self.come.wait(10)
        return self.turn


class SlowBroker(MemoryBroker):
    """`come`: the answers are there; `held_back_ms`: what the next ones say."""

    def __init__(self) -> None:
        super().__init__()
        self.come = threading.Event()
        self.come.set()
        self.under_way: list[Held] = []
        self.held_back_ms = self.pings = 0

    def begin_turn(self, worker, settlements, lanes, room):
        made = self.turn(worker, settlements, lanes, room)
        self.under_way.append(Held(Turn(made.deliveries, self.held_back_ms), self.come))
        return self.under_way[-1]

    def ping(self) -> None:
        self.pings += 1
        super().ping()


class Crew:
    """Keeps what it is given; nobody comes when it is called."""

    def __init__(self) -> None:
        self.given = []

    def give(self, tasks, *, is_mine=False, long=False):
        self.given.extend(tasks)

    def call(self):
        return

    def done(self, count=1):
        return


class Hall:
    """Turns over a broker that is slow where a test wants it, with everything around them at hand."""

    def __init__(self, size: int = 10) -> None:
        self.broker, self.taking = SlowBroker(), True
        self.house, self.crew, self.watches, self.slots = House(broker=self.broker), Crew(), [], Slots(size)
        self.books = Bookkeeper(self.house.platform, self.crew, self.slots, worker="w", stopping=bool)
        self.turns = Turns(
            self.house.platform,
            self.books,
            self.slots,
            queues=("aiQc", "email"),
            worker="w",
            taking=lambda: self.taking,
            give=self.watches.append,
            call_soon=list,
        )
        self.turns.rules.read()

    def begun(self, count: int):
        """So many jobs, taken and claimed."""
        self.house.submit(shape, count)
        while len(self.crew.given) < count:
            self.turns.look()
            self.turns.pass_by(wait=True)
            self.books.attend()
        return list(self.crew.given)

    def hold_up(self) -> threading.Thread:
        """A thread of the crew that waits for an answer."""
        self.broker.come.clear()
        self.turns.look()
        thread = threading.Thread(target=lambda: self.turns.pass_by(wait=True), daemon=True)
        thread.start()
        assert until(lambda: self.broker.under_way and self.broker.under_way[-1].waited_for.is_set())
        return thread


def test_what_is_heard_while_an_answer_is_on_its_way_is_newer_than_the_answer():
    hall = Hall()
    hall.broker.come.clear()
    assert hall.turns.pass_by(wait=False)  # it found nothing
    hall.house.submit(shape)
    hall.turns.look()
    hall.broker.come.set()
    hall.turns.pass_by(wait=True)
    assert len(hall.broker.in_flight()) == 1


def test_a_rate_that_lets_a_job_begin_while_another_thread_waits_for_an_answer_keeps_no_processor_busy():
    hall = Hall()
    hall.broker.held_back_ms = 50
    hall.turns.step(0)
    thread, steps = hall.hold_up(), 0
    until_s = time.monotonic() + 0.3
    while time.monotonic() < until_s:
        hall.turns.step(0.1)
        steps += 1
    hall.broker.come.set()
    thread.join(10)
    assert steps < 400


def test_of_two_rates_the_one_that_lets_a_job_begin_first_is_waited_for():
    hall = Hall()
    for held_back_ms in (500, 60_000):
        hall.broker.held_back_ms = held_back_ms
        hall.turns.look()
        hall.turns.pass_by(wait=True)
    hall.broker.held_back_ms = 0
    before_s = time.monotonic()
    hall.turns.step(0)
    while len(hall.broker.under_way) < 3:
        hall.turns.step(1)
    assert time.monotonic() - before_s < 10


def test_a_rate_that_lets_a_job_begin_while_the_broker_is_away_does_not_hurry_who_waits_for_it():
    hall = Hall()
    hall.broker.held_back_ms = 1
    hall.turns.step(0)
    hall.broker.away = True
    hall.turns.look()
    with capture_logs():
        hall.turns.pass_by(wait=True)
        until_s = time.monotonic() + 0.3
        while time.monotonic() < until_s:
            hall.turns.step(0.1)
    assert hall.broker.pings < 6


def test_what_the_ledger_offers_while_the_broker_is_away_leaves_free_what_is_kept_for_the_watch():
    hall, limits = Hall(2), []
    hall.turns.step(0)
    (watch,) = hall.watches
    hall.house.platform.recovery.overdue = lambda _places, limit, **_leave: limits.append(limit) or []
    hall.broker.away = True
    hall.turns.look()
    with capture_logs():
        hall.turns.pass_by(wait=True)
        hall.turns.step(0)
    assert limits == [2 - watch.room]


def test_nobody_waits_for_a_run_to_come_back_whose_end_was_heard_before():
    hall = Hall()
    first, second = hall.begun(2)
    thread = hall.hold_up()
    hall.taking = False
    hall.books.note(End(first, hall.house.platform.runner.failure(first.token, ValueError())))
    hall.books.attend()
    told = []
    main = threading.Thread(target=lambda: told.extend(hall.turns.bring_back()), daemon=True)
    main.start()
    hall.broker.come.set()
    thread.join(10)
    main.join(10)
    hall.books.note(given_back(second, hall.house.platform.outside.clock))
    hall.books.attend()
    hall.turns.pass_by(wait=True)
    assert (told, hall.broker.in_flight()) == ([second], [])


def test_what_is_settled_does_not_wait_for_the_thread_that_waits_for_the_ledger():
    hall = Hall()
    hall.begun(1)
    hall.house.submit(shape)
    hall.house.ledger.away = True
    hall.turns.look()
    hall.turns.pass_by(wait=True)
    assert len(hall.broker.in_flight()) == 2
    with capture_logs():
        thread = threading.Thread(target=hall.books.attend, daemon=True)
        thread.start()
        assert until(lambda: len(hall.broker.in_flight()) == 1, 5)
        hall.house.ledger.away = False
        thread.join(10)
    assert not thread.is_alive()


def test_where_a_write_takes_long_the_end_of_a_job_and_the_claim_of_the_next_are_one():
    hall = Hall(size=1)
    hall.house.ledger.sleeps_s = 0.01
    (run,) = hall.begun(1)
    hall.house.submit(shape)
    hall.turns.look()
    hall.broker.come.clear()
    before = len(hall.broker.under_way)
    outcome = hall.house.platform.runner.perform(run.job, run.token, time_limit=no_limit, stopping=bool)
    hall.books.note(End(run, outcome.transition, outcome.context))
    thread = threading.Thread(target=hall.books.attend, daemon=True)
    thread.start()
    assert until(lambda: len(hall.broker.under_way) > before and hall.broker.under_way[-1].waited_for.is_set())
    assert hall.house.ledger.batches == [1]
    hall.broker.come.set()
    thread.join(10)
    assert hall.house.ledger.batches == [1, 2]
