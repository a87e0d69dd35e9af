"""Looking anew: what is shown was not seen before somebody asked, however long a server takes."""

import threading

import pytest

from backend.errors import Unavailable
from backend.queues.checkup.probe import Probe
from tests.support.queue_runs import until

LONG_S = 30.0


class Source:
    """Answers as it is told to, and hangs until it is let go where it is told to."""

    def __init__(self):
        self.asked = self.at_once = self.most_at_once = 0
        self.outcome = "an answer"
        self.hangs = False
        self.let_go = threading.Event()

    def __call__(self):
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        outcome = self.outcome
        if self.hangs:
            self.let_go.wait(LONG_S)
        self.at_once -= 1
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.fixture
def source():
    source = Source()
    yield source
    source.let_go.set()


@pytest.fixture
def probe(source):
    probe = Probe("test", source, fresh_s=0.0)
    yield probe
    probe.close()


def test_every_look_is_a_new_one(probe, source):
    assert [probe.anew(LONG_S), probe.anew(LONG_S), source.asked] == ["an answer", "an answer", 2]


def test_a_fresh_answer_is_shown_again_where_that_is_allowed(source):
    probe = Probe("test", source, fresh_s=LONG_S)
    assert [probe.anew(LONG_S), probe.anew(LONG_S), source.asked] == ["an answer", "an answer", 1]
    probe.close()


def test_what_hangs_is_waited_for_a_moment_and_asked_once(probe, source):
    source.hangs = True
    assert [probe.anew(0.001) for _ in range(5)] == [None] * 5
    assert source.asked == 1
    source.let_go.set()
    assert until(lambda: probe.anew(LONG_S))


def test_an_answer_to_an_older_look_is_not_shown(probe, source):
    source.hangs, source.outcome = True, "an old answer"
    assert probe.anew(0.001) is None
    assert until(lambda: source.asked == 1)
    source.hangs, source.outcome = False, "a new answer"
    found = []
    late = threading.Thread(target=lambda: found.append(probe.anew(LONG_S)))
    late.start()
    source.let_go.set()
    late.join()
    assert (found, source.asked) == (["a new answer"], 2)


@pytest.mark.parametrize("error", [Unavailable("away"), RuntimeError("a fault")])
def test_what_fails_is_no_answer_and_is_asked_again(probe, source, error):
    assert probe.anew(LONG_S) == "an answer"
    source.outcome = error
    assert probe.anew(LONG_S) is None
    source.outcome = "again"
    assert probe.anew(LONG_S) == "again"


def test_many_who_look_at_once_do_not_ask_at_once(probe, source):
    found = []
    threads = [threading.Thread(target=lambda: found.append(probe.anew(LONG_S))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, source.most_at_once) == (["an answer"] * 8, 1)
