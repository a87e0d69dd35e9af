"""A bookkeeper of a worker at work, with a crew that a test has in its hands."""

import threading
import time

from backend.adapters.rq.worker.bookkeeper import SLOW_WRITE_S, Bookkeeper
from backend.adapters.rq.worker.slots import Slots
from backend.adapters.rq.worker.writing import End
from backend.queues.ports import Lane
from tests.support.workers import House, shape, until


class Crew:
    """Keeps what it is given; a test does it when it likes. Whenever it is called a thread comes, as one of the real crew does."""

    def __init__(self):
        self.given, self.open, self.lost, self.mine, self.long = [], 0, 0, [], []

    def give(self, tasks, *, is_mine=False, long=False):
        self.given.extend(tasks)
        self.mine.append(is_mine)
        self.long.append(long)

    def call(self):
        threading.Thread(target=self.tell, daemon=True).start()

    def done(self, count=1):
        self.open -= count

    def stuck(self):
        self.lost += 1


class Books:
    """A bookkeeper at work, with everything around it at hand."""

    def __init__(self):
        self.house, self.crew, self.settled, self.stopping = House(), Crew(), [], False
        self.slots, self.broken = Slots(10), threading.Event()
        self.keeper = Bookkeeper(
            self.house.platform, self.crew, self.slots, worker="w", stopping=lambda: self.stopping, broken=self.broken.set
        )
        self.keeper.tell(settled=self.settled.extend, freed=list)
        self.crew.tell = self.keeper.attend

    def take(self, count=1, queue="aiQc"):
        deliveries = self.house.broker.turn("w", (), [Lane(queue, count, count)], count).deliveries
        for delivery in deliveries:
            self.slots.take(delivery.queue)
        self.keeper.took(deliveries)
        return deliveries

    def begun(self, count=1):
        assert until(lambda: len(self.crew.given) == count)
        return list(self.crew.given)

    def end(self, *runs):
        for run in runs:
            self.note(run)
            self.crew.call()

    def note(self, run):
        outcome = self.house.platform.runner.perform(run.job, run.token, time_limit=lambda _ms: _NOTHING, stopping=bool)
        self.keeper.note(End(run, outcome.transition, outcome.context))

    def write_slowly(self):
        """As a ledger that waits for a disk."""
        at_once = self.house.ledger.save_many

        def slow(jobs):
            time.sleep(2 * SLOW_WRITE_S)
            return at_once(jobs)

        self.house.ledger.save_many = slow

    def write_quickly(self):
        """Until it is known for sure: one write that has to wait for a processor changes nothing."""
        for _ in range(20):
            self.house.submit(shape, 1)
            self.take()
            self.end(self.begun()[0])
            self.outcomes()
            self.crew.given.clear()
            self.settled.clear()
        self.house.ledger.batches.clear()

    def nine_together(self, took_s):
        """One run ends, then nine at once, each after so long; how many were written together. Less than 0 is short on any machine."""
        self.house.submit(shape, 10)
        self.take(10)
        first, *others = self.begun(10)
        for run in (first, *others):
            run.since = time.monotonic() - took_s
        self.end(first)
        self.outcomes(1)
        for run in others:
            self.note(run)
        self.keeper.attend()
        assert set(self.outcomes(10)) == {"completed"}
        return self.house.ledger.batches[2:]

    def outcomes(self, count=1):
        assert until(lambda: len(self.settled) == count)
        return [settlement.outcome for settlement in self.settled]


class _Nothing:
    def __enter__(self):
        return None

    def __exit__(self, *raised):
        return None


_NOTHING = _Nothing()
