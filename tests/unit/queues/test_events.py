"""Events: which are told, when, with what, and that nobody who listens can do harm."""

from datetime import timedelta

import pytest

from backend.errors import InvalidInput, NotFound, PermanentFailure, TemporaryFailure
from backend.queues import events
from backend.queues.events import EventName, JobEvent
from backend.queues.names import QUEUES
from backend.queues.records import JobState
from backend.queues.testing import drain, run_until_quiet
from backend.queues.working import work_once
from tests.support.queues import NOON, Desk, run_errand, try_once


def submit(desk, job_type=run_errand, **more):
    return desk.service.submit(job_type, {"place": "market"}, **more).job_id


def hearing(desk, name="*", **where):
    heard = []
    desk.platform.events.on(name, heard.append, **where)
    return heard


def names(heard):
    return [event.name.value for event in heard]


def test_a_job_that_succeeds_is_told_of_as_waiting_active_and_completed_with_its_result():
    desk = Desk()
    heard = hearing(desk)
    job_id = submit(desk)
    assert names(heard) == ["waiting"]
    drain(desk.platform)
    assert names(heard) == ["waiting", "active", "completed", "drained"]
    of_job = heard[:3]
    assert {(event.job_id, event.queue, event.at) for event in of_job} == {(job_id, "aiQc", NOON)}
    assert [dict(event.arguments) for event in of_job] == [{}, {"prev": "waiting"}, {"result": {"ok": True}, "prev": "active"}]


def test_a_job_with_a_delay_does_not_stand_in_line_yet():
    desk = Desk()
    heard = hearing(desk, "waiting")
    submit(desk, delay=1000)
    assert heard == []


def test_a_delayed_job_is_told_of_as_waiting_when_it_falls_due():
    desk = Desk()
    job_id = submit(desk, delay=1000)
    heard = hearing(desk, "waiting")
    desk.clock.move(timedelta(seconds=1))
    for _ in range(2):
        desk.platform.timers.fall_due()
    assert [(event.job_id, event.queue, event.at) for event in heard] == [(job_id, "aiQc", desk.clock.now())]


def test_a_delayed_job_that_is_taken_in_the_moment_it_falls_due_is_told_of_as_waiting_before_active():
    desk = Desk()
    heard = hearing(desk)
    job_id = submit(desk, delay=1000)
    desk.clock.move(timedelta(seconds=1))
    desk.broker.promote_due(desk.clock.now())
    work_once(desk.platform, QUEUES, worker="w")
    assert names(heard)[:3] == ["waiting", "active", "completed"]
    assert [entry.event for entry in desk.ledger.get(job_id).timeline][-3:] == ["fellDue", "started", "completed"]


def test_a_queue_that_ran_dry_is_told_of_as_drained_once_however_often_workers_look():
    desk = Desk()
    heard = hearing(desk, "drained")
    drain(desk.platform)
    assert heard == []
    submit(desk)
    submit(desk)
    for _ in range(3):
        drain(desk.platform)
    assert [event.queue for event in heard] == ["aiQc"]
    submit(desk, try_once)
    drain(desk.platform)
    assert [event.queue for event in heard] == ["aiQc", "email"]


def test_a_paused_queue_is_not_drained():
    desk = Desk()
    heard = hearing(desk, "drained")
    submit(desk)
    submit(desk)
    work_once(desk.platform, QUEUES, worker="w")
    desk.control.pause("aiQc")
    drain(desk.platform)
    assert heard == []


def test_failed_is_told_once_for_the_last_try_and_retrying_before_it():
    desk = Desk()
    heard = hearing(desk)
    submit(desk)
    desk.errands.outcomes = [ValueError("a"), ValueError("b"), ValueError("c")]
    run_until_quiet(desk.platform, desk.clock)
    assert [name for name in names(heard) if name not in ("waiting", "active", "drained")] == ["retrying", "retrying", "failed"]
    assert [dict(event.arguments) for event in heard if event.name in ("retrying", "failed")] == [
        {"failedReason": "a", "prev": "active", "attemptsMade": 1, "delay": 2000, "final": False},
        {"failedReason": "b", "prev": "active", "attemptsMade": 2, "delay": 4000, "final": False},
        {"failedReason": "c", "prev": "active", "attemptsMade": 3, "final": True},
    ]


def test_a_failure_that_is_hopeless_at_once_is_failed_at_once():
    desk = Desk()
    heard = hearing(desk, "retrying")
    final = hearing(desk, "failed")
    submit(desk)
    desk.errands.outcomes = [PermanentFailure("refused")]
    drain(desk.platform)
    assert (heard, [event.arguments["attemptsMade"] for event in final]) == ([], [1])


def test_every_event_is_told_after_its_state_is_written():
    desk = Desk()
    states = []

    def note(event):
        if event.job_id:
            states.append((event.name.value, desk.service.get(event.job_id).state.value))

    desk.platform.events.on("*", note)
    submit(desk, backoff=0)
    desk.errands.outcomes = [TemporaryFailure("busy")]
    drain(desk.platform)
    assert states == [
        ("waiting", "waiting"),
        ("active", "active"),
        ("retrying", "waiting"),
        ("active", "active"),
        ("completed", "completed"),
    ]


@pytest.mark.parametrize("value", [42, {"step": "อ่านเอกสาร", "of": 3}])
def test_progress_is_told_as_a_number_or_an_object(value):
    desk = Desk()
    heard = hearing(desk, "progress")
    job_id = submit(desk)
    desk.errands.outcomes = [lambda: desk.errands.contexts[-1].progress(value) or {"ok": True}]
    drain(desk.platform)
    assert [(event.job_id, event.arguments) for event in heard] == [(job_id, {"progress": value})]


def test_progress_of_a_run_that_was_overtaken_is_not_told():
    desk = Desk()
    heard = hearing(desk, "progress")
    submit(desk)
    drain(desk.platform)
    desk.errands.contexts[-1].progress(99)
    assert heard == []


def test_a_lost_worker_is_told_as_stalled_until_the_job_is_dead():
    desk = Desk()
    heard = hearing(desk)
    job_id = submit(desk)
    for _ in range(3):
        desk.take_and_vanish("doomed")
        desk.clock.move(timedelta(seconds=15))
        desk.recovery.reap_lost()
    assert names(heard) == ["waiting", "stalled", "stalled", "failed"]
    assert [dict(event.arguments) for event in heard[1:3]] == [{"worker": "doomed", "lostRuns": 1}, {"worker": "doomed", "lostRuns": 2}]
    assert "lost worker" in heard[3].arguments["failedReason"]
    assert desk.service.get(job_id).state is JobState.FAILED


def test_a_run_that_was_handed_back_is_nobody_s_business():
    desk = Desk()
    job_id = submit(desk)
    desk.take_and_vanish()
    handed_back = desk.platform.runner.give_back(job_id, desk.service.get(job_id).lease.token)
    assert events.ended(handed_back) is None


def test_a_second_job_of_the_same_id_is_told_as_duplicated_and_not_as_waiting():
    desk = Desk()
    submit(desk, job_id="only-one")
    heard = hearing(desk)
    submit(desk, job_id="only-one")
    assert [(event.name, event.job_id, event.arguments) for event in heard] == [("duplicated", "only-one", {"state": "waiting"})]


def test_a_job_in_the_caller_tells_the_same_as_one_in_a_worker():
    desk = Desk(ENABLE_QUEUE="false")
    heard = hearing(desk)
    submit(desk)
    assert names(heard) == ["waiting", "active", "completed"]


@pytest.mark.parametrize(("queue", "expected"), [("email", ["email"]), (None, list(QUEUES))])
def test_pause_and_resume_are_told_for_each_queue_with_who_did_it(queue, expected):
    desk = Desk()
    heard = hearing(desk)
    desk.control.pause(queue, by="u-1")
    desk.control.resume(queue, by="u-2")
    assert [(event.name, event.queue, event.arguments["by"], event.job_id) for event in heard] == [
        *[("paused", name, "u-1", "") for name in expected],
        *[("resumed", name, "u-2", "") for name in expected],
    ]


def test_cleaning_is_told_with_its_number_where_something_went():
    desk = Desk()
    heard = hearing(desk, "cleaned")
    submit(desk)
    drain(desk.platform)
    desk.clock.move(timedelta(days=8))
    desk.control.clean()
    assert [(event.queue, event.arguments["count"]) for event in heard] == [("aiQc", 1)]


def test_a_listener_hears_its_event_and_its_queue_only():
    desk = Desk()
    completed, of_email = hearing(desk, "completed"), hearing(desk, queue="email")
    submit(desk)
    submit(desk, try_once)
    drain(desk.platform)
    assert names(completed) == ["completed", "completed"]
    assert names(of_email) == ["waiting", "active", "completed", "drained"]


def test_a_listener_that_was_taken_off_hears_nothing_more():
    desk = Desk()
    heard = []
    stop = desk.platform.events.on("waiting", heard.append)
    submit(desk)
    stop()
    stop()
    submit(desk)
    assert len(heard) == 1


@pytest.mark.parametrize("error", [ValueError("careless"), SystemExit(1)])
def test_a_listener_that_raises_harms_neither_the_job_nor_the_other_listeners(error):
    desk = Desk()

    def careless(_event):
        raise error

    desk.platform.events.on("*", careless)
    heard = hearing(desk)
    job_id = submit(desk)
    drain(desk.platform)
    assert desk.service.get(job_id).state is JobState.COMPLETED
    assert names(heard) == ["waiting", "active", "completed", "drained"]


def test_a_listener_may_submit_the_next_job():
    desk = Desk()
    desk.platform.events.on("completed", lambda event: submit(desk, try_once) if event.queue == "aiQc" else None)
    submit(desk)
    assert [job.type for job in drain(desk.platform)] == ["run_errand", "try_once"]


def test_a_listener_may_retry_the_job_that_failed_and_it_then_succeeds():
    desk = Desk()
    heard = hearing(desk)
    desk.platform.events.on("failed", lambda event: desk.platform.job_control.retry(event.job_id))
    job_id = submit(desk, attempts=1)
    desk.errands.outcomes = [ValueError("once")]
    drain(desk.platform)
    desk.clock.move(timedelta(minutes=1))
    desk.recovery.relay()
    drain(desk.platform)
    assert desk.service.get(job_id).state is JobState.COMPLETED
    assert [name for name in names(heard) if name != "drained"] == ["waiting", "active", "failed", "waiting", "active", "completed"]


def test_a_job_that_is_removed_promoted_or_waits_again_by_hand_is_told_of():
    desk = Desk()
    promoted, removed = submit(desk, delay=9000), submit(desk, delay=9000)
    heard = hearing(desk)
    desk.platform.job_control.promote(promoted)
    desk.platform.job_control.remove(removed)
    assert [(event.name, event.job_id, dict(event.arguments)) for event in heard] == [
        ("waiting", promoted, {}),
        ("removed", removed, {"prev": "delayed"}),
    ]


@pytest.mark.parametrize(
    ("name", "queue", "error", "cure"),
    [
        ("complete", None, InvalidInput, "did you mean 'completed'?"),
        ("xyz", None, InvalidInput, "the events are waiting, active"),
        ("completed", "emial", NotFound, "did you mean 'email'?"),
    ],
)
def test_a_misspelt_event_or_queue_is_refused_with_the_cure(name, queue, error, cure):
    with pytest.raises(error, match=r"[Tt]here is no") as caught:
        Desk().platform.events.on(name, print, queue=queue)
    assert cure in str(caught.value)


def test_all_of_bull_s_events_and_retrying_have_a_name():
    assert {name.value for name in EventName} == {
        *("waiting", "active", "progress", "completed", "failed", "retrying", "stalled"),
        *("paused", "resumed", "drained", "cleaned", "removed", "duplicated"),
    }


def test_an_event_survives_its_json():
    event = JobEvent(EventName.COMPLETED, "aiQc", NOON, "j-1", {"result": {"ชื่อ": "ขิง"}, "prev": "active"}, "req_12345678")
    assert JobEvent.from_json(event.to_json()) == event
    assert event.to_json() == {
        "name": "completed",
        "queue": "aiQc",
        "at": "2026-11-02T05:00:00.000Z",
        "jobId": "j-1",
        "arguments": {"result": {"ชื่อ": "ขิง"}, "prev": "active"},
        "requestId": "req_12345678",
    }
