"""A look at what may hang never hangs."""

import threading

import pytest

from backend.errors import Unavailable
from backend.telemetry.glance import Glance
from tests.support.queue_runs import until

LONG_S = 30.0


class Source:
    """Answers as it is told to, and hangs until it is let go where it is told to."""

    def __init__(self):
        self.asked = 0
        self.outcome = "an answer"
        self.hangs = False
        self.let_go = threading.Event()

    def __call__(self):
        self.asked += 1
        if self.hangs:
            self.let_go.wait(LONG_S)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def source():
    source = Source()
    yield source
    source.let_go.set()


def test_an_answer_is_shown_and_shown_again_while_it_is_fresh(source):
    glance = Glance("test", source, patience_s=LONG_S, fresh_s=LONG_S)
    assert [glance.look().value, glance.look().value, glance.answers] == ["an answer", "an answer", True]
    assert source.asked == 1


def test_an_old_answer_is_asked_for_again(source):
    glance = Glance("test", source, patience_s=LONG_S, fresh_s=0.0)
    assert [glance.look().value, glance.look().value] == ["an answer", "an answer"]
    assert source.asked == 2


def test_what_hangs_is_waited_for_a_moment_and_asked_once(source):
    source.hangs = True
    glance = Glance("test", source, patience_s=0.001)
    assert [glance.look(), glance.look(), glance.look(), glance.answers] == [None, None, None, None]
    assert source.asked == 1
    until(lambda: glance.answers is False)
    source.let_go.set()
    until(lambda: glance.look() is not None)
    assert glance.answers is True


def test_the_last_answer_stays_while_the_next_one_does_not_come(source):
    glance = Glance("test", source, patience_s=0.05, fresh_s=0.0)
    until(glance.look)
    source.hangs, source.outcome = True, "another"
    assert glance.look().value == "an answer"
    until(lambda: glance.answers is False)
    source.let_go.set()
    until(lambda: glance.look().value == "another")


@pytest.mark.parametrize("error", [Unavailable("away"), RuntimeError("a fault")])
def test_what_fails_is_no_answer_and_is_asked_again_at_once(source, error):
    glance = Glance("test", source, patience_s=LONG_S, fresh_s=0.0)
    glance.look()
    source.outcome = error
    assert (glance.look().value, glance.answers) == ("an answer", False)
    source.outcome = "again"
    assert (glance.look().value, glance.answers) == ("again", True)


def test_what_never_answered_has_nothing_to_show(source):
    source.outcome = Unavailable("away")
    glance = Glance("test", source, patience_s=LONG_S)
    assert (glance.look(), glance.answers) == (None, False)


def test_many_who_look_at_once_ask_once(source):
    source.hangs = True
    glance = Glance("test", source, patience_s=LONG_S)
    found = []
    threads = [threading.Thread(target=lambda: found.append(glance.look().value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    source.let_go.set()
    for thread in threads:
        thread.join()
    assert (found, source.asked) == (["an answer"] * 8, 1)
