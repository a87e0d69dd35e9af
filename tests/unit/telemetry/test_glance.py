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
        self.asked = self.at_once = self.most_at_once = 0
        self.outcome = "an answer"
        self.hangs = False
        self.let_go = threading.Event()

    def __call__(self):
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.hangs:
            self.let_go.wait(LONG_S)
        self.at_once -= 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def source():
    source = Source()
    yield source
    source.let_go.set()


def test_what_is_shown_was_asked_for_after_the_look_began(source):
    glance = Glance("test", source, patience_s=LONG_S)
    assert [glance.look(), glance.look(), glance.answers, source.asked] == ["an answer", "an answer", True, 2]


def test_an_answer_may_be_shown_again_while_it_is_fresh(source):
    glance = Glance("test", source, patience_s=LONG_S, fresh_s=LONG_S)
    assert [glance.look(), glance.look(), source.asked] == ["an answer", "an answer", 1]


def test_what_hangs_is_waited_for_a_moment_and_asked_once(source):
    source.hangs = True
    glance = Glance("test", source, patience_s=0.001)
    assert [glance.look(), glance.look(), glance.look(), glance.answers] == [None, None, None, None]
    assert source.asked == 1
    until(lambda: glance.answers is False)
    source.let_go.set()
    until(glance.look)
    assert glance.answers is True


def test_an_answer_to_an_older_question_is_not_shown(source):
    source.hangs, source.outcome = True, "an old answer"
    glance = Glance("test", source, patience_s=0.001)
    assert glance.look() is None
    found = []
    late = threading.Thread(target=lambda: found.append(glance.look(LONG_S)))
    late.start()
    source.hangs = False
    source.outcome = "a new answer"
    source.let_go.set()
    late.join()
    assert (found, source.asked) == (["a new answer"], 2)


@pytest.mark.parametrize("error", [Unavailable("away"), RuntimeError("a fault")])
def test_what_fails_is_no_answer_and_is_asked_again_at_once(source, error):
    glance = Glance("test", source, patience_s=LONG_S, fresh_s=LONG_S)
    source.outcome = error
    assert (glance.look(), glance.answers) == (None, False)
    source.outcome = "again"
    assert (glance.look(), glance.answers) == ("again", True)


def test_many_who_look_at_once_do_not_ask_at_once(source):
    source.hangs = True
    glance = Glance("test", source, patience_s=LONG_S)
    found = []
    threads = [threading.Thread(target=lambda: found.append(glance.look())) for _ in range(8)]
    for thread in threads:
        thread.start()
    source.let_go.set()
    for thread in threads:
        thread.join()
    assert (found, source.most_at_once) == (["an answer"] * 8, 1)
