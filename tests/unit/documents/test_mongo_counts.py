"""Slow counts are made once for many callers, at a bounded rate, and nobody gets numbers of long ago."""

import pytest

from backend.adapters.documents.store import StoreUnavailable
from backend.adapters.mongo.counting import OLDEST, SHARE, Counts

SLOW, FAST = 2.0, 0.01
DUE = SHARE * SLOW


class Server:
    """Counts in as many seconds as it is told to; every count finds one more."""

    def __init__(self, takes):
        self.takes = takes
        self.now = 0.0
        self.count = 0
        self.accident = None
        self.aside = []
        self.counts = Counts(self._count, monotonic=lambda: self.now, aside=self.aside.append)

    def _count(self, collection, by):
        if self.accident:
            raise self.accident
        self.now += self.takes
        self.count += 1
        return {f"{collection}.{by}": self.count}

    def ask(self, after=0.0):
        self.now += after
        return self.counts.numbers("jobs", "lane")["jobs.lane"]

    def work(self):
        """What was left for a thread is done."""
        while self.aside:
            self.aside.pop()()


def test_quick_counts_are_made_for_every_caller():
    server = Server(FAST)
    assert [server.ask() for _ in range(3)] == [1, 2, 3]


def test_a_slow_count_answers_for_all_callers_until_it_is_due_again():
    server = Server(SLOW)
    assert [server.ask(), server.ask(), server.ask(DUE - 3)] == [1, 1, 1]
    assert server.aside == []


def test_when_it_is_due_one_counts_aside_and_nobody_waits():
    server = Server(SLOW)
    server.ask()
    assert [server.ask(DUE + 1), server.ask(), server.ask()] == [1, 1, 1]
    assert len(server.aside) == 1
    server.work()
    assert (server.ask(), server.count) == (2, 2)
    server.ask(DUE)
    server.work()
    assert server.ask() == 3


def test_who_asks_after_a_long_pause_waits_for_new_numbers():
    server = Server(SLOW)
    server.ask()
    assert server.ask(DUE + OLDEST) == 2


def test_numbers_are_exact_again_once_counting_is_quick():
    server = Server(SLOW)
    server.ask()
    server.takes = FAST
    server.ask(DUE + 1)
    server.work()
    assert [server.ask(), server.ask()] == [3, 4]


@pytest.mark.parametrize("accident", [StoreUnavailable("away"), RuntimeError("a fault of ours")])
def test_after_a_count_aside_that_failed_the_next_caller_counts_and_hears_of_it(accident):
    server = Server(SLOW)
    server.ask()
    server.ask(DUE + 1)
    server.accident = accident
    server.work()
    with pytest.raises(type(accident)):
        server.ask()
    server.accident = None
    assert server.ask() == 2


def test_collections_and_fields_are_counted_apart_and_answers_are_copies():
    server = Server(SLOW)
    first = server.counts.numbers("jobs", "lane")
    first["jobs.lane"] = 99
    assert server.ask() == 1
    assert server.counts.numbers("jobs", "type") == {"jobs.type": 2}
    assert server.counts.numbers("things", "lane") == {"things.lane": 3}
