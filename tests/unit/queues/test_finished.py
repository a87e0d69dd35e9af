"""Waiting for the end of a job: always an answer, from the ledger, within the time."""

import threading
import time
from contextlib import contextmanager

import pytest

from backend.adapters.documents.store import StoreUnavailable
from backend.errors import NotFound, PermanentFailure
from backend.queues.errors import JobFailed
from backend.queues.events import EventName, JobEvent
from backend.queues.finishing import wait_until_finished
from backend.queues.listening import QueueEvents
from backend.queues.testing import drain
from tests.support.queues import Desk, run_errand


def submit(desk, **more):
    return desk.service.submit(run_errand, {"place": "market"}, **more).job_id


@contextmanager
def soon(action, seconds=0.1):
    """Do something in another thread while the block runs."""
    timer = threading.Timer(seconds, action)
    timer.start()
    try:
        yield
    finally:
        timer.join()


@pytest.mark.parametrize("result", [{"ok": True}, {"text": "เสร็จแล้ว"}, {}, None])
def test_a_finished_job_answers_at_once_with_its_result(result):
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [lambda: result]
    drain(desk.platform)
    assert desk.service.finished(job_id, 0) == result


def test_a_failed_job_raises_its_last_error_at_once():
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [PermanentFailure("refused")]
    drain(desk.platform)
    with pytest.raises(JobFailed, match=r"^refused$"):
        desk.service.finished(job_id, 0)


@pytest.mark.parametrize("options", [{}, {"remove_on_complete": True}, {"remove_on_complete": 0}])
def test_it_waits_for_a_job_that_is_still_to_run_whatever_redis_forgets(options):
    desk = Desk()
    job_id = submit(desk, **options)
    with soon(lambda: drain(desk.platform)):
        assert desk.service.finished(job_id, 10) == {"ok": True}


def test_it_raises_when_the_job_fails_meanwhile():
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [PermanentFailure("refused")]
    with soon(lambda: drain(desk.platform)), pytest.raises(JobFailed, match="refused"):
        desk.service.finished(job_id, 10)


def wait_for_the_event(desk, job_id):
    """Wait without any look at the ledger between the first one and the event; without the event, for a minute."""
    return wait_until_finished(desk.ledger, desk.platform.events, job_id, 60, pauses_s=(60, 60))


def test_an_event_ends_the_wait_at_once():
    desk = Desk()
    job_id = submit(desk)
    began = time.monotonic()
    with soon(lambda: drain(desk.platform)):
        assert wait_for_the_event(desk, job_id) == {"ok": True}
    assert time.monotonic() - began < 30


def test_without_any_event_it_looks_often_enough():
    desk = Desk()
    job_id = submit(desk)
    with soon(lambda: drain(desk.platform)):
        began = time.monotonic()
        assert wait_until_finished(desk.ledger, QueueEvents(), job_id, 10) == {"ok": True}
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("timeout", [0, 0.15])
def test_it_never_waits_longer_than_it_was_told(timeout):
    desk = Desk()
    job_id = submit(desk)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=f"{job_id} had not finished after {timeout:g} s"):
        desk.service.finished(job_id, timeout)
    assert timeout <= time.monotonic() - began < timeout + 2


def test_it_leaves_no_listener_behind():
    desk = Desk()
    job_id = submit(desk)
    told = QueueEvents()
    with pytest.raises(TimeoutError):
        wait_until_finished(desk.ledger, told, job_id, 0.01)
    assert told.listening == 0


def test_an_unknown_job_is_said_at_once():
    with pytest.raises(NotFound, match="nobody"):
        Desk().service.finished("nobody", 10)


def test_a_job_that_is_removed_meanwhile_is_an_answer_too():
    desk = Desk()
    job_id = submit(desk)
    with soon(lambda: desk.store.delete("jobs", job_id)), pytest.raises(NotFound, match=job_id):
        desk.service.finished(job_id, 10)


def forget_when_it_ends(desk):
    """Remove each job in its own listener, which is called before that of whoever waits: the ledger never shows it finished."""
    for name in ("completed", "failed"):
        desk.platform.events.on(name, lambda event: desk.store.delete("jobs", event.job_id))


def test_a_job_that_was_removed_by_the_time_of_its_end_answers_with_the_result_that_was_told():
    desk = Desk()
    job_id = submit(desk)
    forget_when_it_ends(desk)
    with soon(lambda: desk.platform.runner.run(job_id, worker="w")):
        assert wait_for_the_event(desk, job_id) == {"ok": True}


def test_a_job_that_was_removed_by_the_time_of_its_failure_raises_the_reason_that_was_told():
    desk = Desk()
    job_id = submit(desk, attempts=1)
    desk.errands.outcomes = [ValueError("refused")]
    forget_when_it_ends(desk)
    with soon(lambda: desk.platform.runner.run(job_id, worker="w")), pytest.raises(JobFailed, match="refused"):
        wait_for_the_event(desk, job_id)


def test_the_news_of_an_end_may_come_a_moment_after_the_job_is_gone():
    desk = Desk()
    job_id = submit(desk)
    job = desk.service.get(job_id)
    told = QueueEvents()

    def vanish_then_tell():
        desk.store.delete("jobs", job_id)
        time.sleep(0.1)
        told.publish(JobEvent(EventName.COMPLETED, job.queue, job.created_at, job_id, {"result": {"n": 1}, "prev": "active"}))

    with soon(vanish_then_tell):
        assert wait_until_finished(desk.ledger, told, job_id, 10) == {"n": 1}


def test_a_ledger_that_is_away_for_a_moment_is_waited_for():
    desk = Desk()
    job_id = submit(desk)

    def come_back():
        desk.store.away = False
        drain(desk.platform)

    def go_away():
        desk.store.away = True
        threading.Timer(0.2, come_back).start()

    with soon(go_away, 0.05):
        assert desk.service.finished(job_id, 10) == {"ok": True}


def test_a_ledger_that_stays_away_is_said_in_the_end():
    desk = Desk()
    job_id = submit(desk)

    def go_away():
        desk.store.away = True

    with soon(go_away, 0.05), pytest.raises(StoreUnavailable):
        desk.service.finished(job_id, 0.3)
