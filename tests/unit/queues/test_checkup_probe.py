"""Looking at a server in a thread of its own: whoever asks waits a moment at most, and never twice for the same hang."""

import os
import threading
import time
from itertools import count

from backend.queues.checkup.probe import Probe
from tests.support.queue_runs import until

SOON = 30.0


def test_a_look_that_is_answered_is_told():
    probe = Probe("x", lambda: 7)
    assert probe.reading(0).value is None
    assert probe.reading(0).age_s is None
    probe.ask()
    found = probe.reading(SOON)
    assert (found.value, found.error, found.pending_s) == (7, "", 0.0)
    assert found.age_s >= 0
    probe.close()


def test_a_fresh_answer_is_not_asked_for_again_however_many_ask():
    times, seconds = count(1), [100.0]
    probe = Probe("x", lambda: next(times), fresh_s=1.0, monotonic=lambda: seconds[0])
    for _ in range(5):
        probe.ask()
        assert probe.reading(SOON).value == 1
    seconds[0] += 1.0
    probe.ask()
    assert until(lambda: probe.reading(0).value == 2)
    probe.close()


def test_while_a_look_hangs_nobody_waits_longer_than_his_patience_and_the_last_answer_is_told_with_its_age():
    goes_on, hangs = threading.Event(), threading.Event()

    def look():
        if hangs.is_set():
            goes_on.wait(60)
        return "seen"

    probe = Probe("x", look, fresh_s=0)
    probe.ask()
    assert probe.reading(SOON).value == "seen"
    hangs.set()
    probe.ask()
    began = time.monotonic()
    first = probe.reading(0.05)
    for _ in range(1_000):  # nobody who comes later waits again
        probe.ask()
        found = probe.reading(0.05)
    assert time.monotonic() - began < 20, "a thousand waits would be fifty seconds"
    assert first.pending_s > 0
    assert (found.value, found.error) == ("seen", "")
    assert found.pending_s >= 0.05
    assert found.age_s >= found.pending_s
    goes_on.set()
    assert until(lambda: probe.reading(0).pending_s == 0)
    probe.close()


def test_an_error_is_told_beside_what_was_known():
    outcomes = ["fine", OSError("gone"), ValueError("odd"), "fine again"]

    def look():
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    probe = Probe("x", look, fresh_s=0)
    told = []
    for _ in range(4):
        probe.ask()
        told.append(probe.reading(SOON))
    assert [(each.value, each.error) for each in told] == [
        ("fine", ""),
        ("fine", "OSError: gone"),
        ("fine", "ValueError: odd"),
        ("fine again", ""),
    ]
    probe.close()


def test_there_is_no_thread_before_the_first_question_and_one_at_most():
    def threads():
        return [thread for thread in threading.enumerate() if thread.name == "checkup-only-one"]

    probe = Probe("only-one", lambda: None, fresh_s=0)
    assert threads() == []
    for _ in range(20):
        probe.ask()
        probe.reading(SOON)
    assert len(threads()) == 1
    assert threads()[0].daemon
    probe.close()
    assert until(lambda: threads() == [])
    probe.ask()
    assert threads() == [], "a closed one looks no more"


def test_a_process_that_was_forked_looks_by_itself():
    probe = Probe("forked", os.getpid, fresh_s=0)
    probe.ask()
    assert probe.reading(SOON).value == os.getpid()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        probe.ask()
        os.write(writing, b"y" if probe.reading(SOON).value == os.getpid() else b"n")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1) == b"y"
    probe.close()
