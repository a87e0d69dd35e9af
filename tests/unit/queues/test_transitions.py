"""The state machine of a job, transition by transition."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from backend.errors import Conflict
from backend.queues import transitions
from backend.queues.errors import JobTimedOut, LeaseLost
from backend.queues.options import JobOptions
from backend.queues.records import Job, JobState, Lease

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
LATER = NOW + timedelta(seconds=15)
SOON = NOW + timedelta(milliseconds=1)


def a_job(**changes):
    plain = Job(id="j", type="t", queue="aiQc", payload={}, options=JobOptions(attempts=3), created_at=NOW, due_at=NOW)
    return replace(plain, **changes)


def a_lease(token="t1", worker="w1", until=LATER):
    return Lease(token, worker, until)


def running(**changes):
    return replace(transitions.claim(a_job(), a_lease(), NOW), **changes)


def lost_times(times):
    job = a_job()
    for number in range(times):
        job = transitions.claim(job, a_lease(f"t{number}"), NOW)
        job = transitions.lose(job, LATER, on_dead=True)
        job = replace(job, due_at=NOW)
    return job


def test_a_claim_begins_an_attempt_under_its_lease():
    job = running()
    assert (job.state, job.lease) == (JobState.ACTIVE, a_lease())
    assert (job.attempts[0].number, job.attempts[0].worker, job.attempts[0].outcome) == (1, "w1", "running")
    assert (job.timeline[-1].event, job.timeline[-1].detail) == ("started", "attempt 1 of 3 by w1")
    assert (job.mode, job.reason, job.updated_at, job.processed_at) == ("queue", "", NOW, NOW)


@pytest.mark.parametrize(
    ("state", "due", "inline", "may"),
    [
        (JobState.WAITING, NOW, "", True),
        (JobState.DELAYED, NOW, "", True),
        (JobState.WAITING, SOON, "", True),  # the clock of who submitted it goes ahead
        (JobState.DELAYED, SOON, "", False),
        (JobState.DELAYED, SOON, "Redis is away", True),
        (JobState.ACTIVE, NOW, "", False),
        (JobState.ACTIVE, NOW, "Redis is away", False),
        (JobState.COMPLETED, NOW, "", False),
        (JobState.COMPLETED, NOW, "Redis is away", False),
        (JobState.FAILED, NOW, "", False),
        (JobState.FAILED, NOW, "Redis is away", False),
    ],
)
def test_what_waits_and_what_is_due_is_claimed_and_an_inline_job_need_not_be_due(state, due, inline, may):
    claimed = transitions.claim(a_job(state=state, due_at=due), a_lease(), NOW, inline_reason=inline)
    assert (claimed is not None) is may


def test_an_inline_claim_notes_mode_and_reason():
    job = transitions.claim(a_job(reason="ENABLE_QUEUE is true"), a_lease(), NOW, inline_reason="Redis is away")
    assert (job.mode, job.reason) == ("inline", "Redis is away")
    assert transitions.claim(a_job(mode="inline", reason="why"), a_lease(), NOW).reason == "why"


@pytest.mark.parametrize(
    ("state", "due", "falls"),
    [
        (JobState.DELAYED, NOW, True),
        (JobState.DELAYED, SOON, False),
        (JobState.WAITING, NOW, False),
        (JobState.ACTIVE, NOW, False),
        (JobState.COMPLETED, NOW, False),
        (JobState.FAILED, NOW, False),
    ],
)
def test_only_a_delayed_job_falls_due_and_not_before_its_time(state, due, falls):
    fallen = transitions.fall_due(a_job(state=state, due_at=due), NOW)
    assert (fallen and (fallen.state, fallen.timeline[-1].event)) == ((JobState.WAITING, "fellDue") if falls else None)


def test_a_claim_that_finds_a_job_still_delayed_says_first_that_it_fell_due():
    job = transitions.claim(a_job(state=JobState.DELAYED), a_lease(), NOW)
    assert [entry.event for entry in job.timeline] == ["fellDue", "started"]
    assert transitions.fell_due_with_its_run(job)


@pytest.mark.parametrize(
    "job",
    [
        a_job(),
        running(),
        transitions.claim(transitions.fall_due(a_job(state=JobState.DELAYED), NOW), a_lease(), NOW),
        transitions.claim(a_job(state=JobState.DELAYED, due_at=SOON), a_lease(), NOW, inline_reason="Redis is away"),
        transitions.complete(transitions.claim(a_job(state=JobState.DELAYED), a_lease(), NOW), "t1", None, NOW),
    ],
    ids=["waits", "was waiting", "was moved into line in the same moment", "runs before its time", "has ended"],
)
def test_any_other_job_did_not_fall_due_with_its_run(job):
    assert not transitions.fell_due_with_its_run(job)


@pytest.mark.parametrize("state", JobState)
def test_only_what_has_not_begun_or_ended_is_left_to_the_queue(state):
    deferred = transitions.defer(a_job(state=state, mode="inline"), "no place is free", NOW)
    pending = state in (JobState.WAITING, JobState.DELAYED)
    assert (deferred and (deferred.state, deferred.mode, deferred.reason)) == ((state, "queue", "no place is free") if pending else None)


@pytest.mark.parametrize(("milliseconds", "may"), [(999, True), (1000, False), (1001, False)])
@pytest.mark.parametrize("inline", ["", "Redis is away"])
def test_a_job_that_has_waited_longer_than_its_ttl_is_never_claimed(milliseconds, may, inline):
    now = NOW + timedelta(milliseconds=milliseconds)
    claimed = transitions.claim(a_job(options=JobOptions(ttl=1000)), a_lease(until=LATER), now, inline_reason=inline)
    assert (claimed is not None) is may


def test_completing_keeps_the_result_and_clears_the_error_of_earlier_attempts():
    job = transitions.complete(running(error="old", error_class="ValueError"), "t1", {"n": 0}, LATER)
    assert (job.state, job.result, job.error, job.error_class, job.progress) == (JobState.COMPLETED, {"n": 0}, "", "", 100)
    assert (job.finished_at, job.lease, job.on_dead) == (LATER, None, "none")
    assert (job.attempts[0].outcome, job.attempts[0].ended_at, job.attempts[0].error) == ("completed", LATER, "")
    assert job.timeline[-1].event == "completed"
    assert (job.finished, job.failures) == (True, 0)


def test_a_progress_object_is_not_overwritten_at_the_end():
    assert transitions.complete(running(progress={"stage": "pdf"}), "t1", None, LATER).progress == {"stage": "pdf"}


def test_a_retry_with_a_wait_is_delayed_and_without_one_waits():
    delayed = transitions.retry(running(), "t1", ValueError("broken"), LATER, NOW)
    assert (delayed.state, delayed.due_at, delayed.lease, delayed.failures) == (JobState.DELAYED, LATER, None, 1)
    assert (delayed.error, delayed.error_class, delayed.finished_at) == ("broken", "ValueError", None)
    assert (delayed.attempts[0].outcome, delayed.attempts[0].error, delayed.attempts[0].message) == ("failed", "ValueError", "broken")
    assert (delayed.timeline[-1].event, delayed.timeline[-1].detail) == ("retried", "due 2026-11-02T05:00:15.000Z")
    assert transitions.retry(running(), "t1", ValueError("x"), NOW, NOW).state is JobState.WAITING


def test_the_next_attempt_is_numbered_after_the_failures():
    again = transitions.claim(transitions.retry(running(), "t1", ValueError("x"), NOW, NOW), a_lease("t2"), NOW)
    assert [attempt.number for attempt in again.attempts] == [1, 2]


@pytest.mark.parametrize(("listens", "on_dead"), [(True, "pending"), (False, "none")])
def test_a_dead_job_says_whether_somebody_has_to_be_told(listens, on_dead):
    job = transitions.fail(running(), "t1", ValueError(""), LATER, on_dead=listens)
    assert (job.state, job.finished_at, job.on_dead, job.lease) == (JobState.FAILED, LATER, on_dead, None)
    assert (job.error, job.error_class) == ("ValueError", "ValueError")
    assert (job.finished, job.timeline[-1].event, job.timeline[-1].detail) == (True, "failed", "ValueError")


def test_a_timeout_is_a_failed_attempt_with_an_outcome_of_its_own():
    job = transitions.fail(running(), "t1", JobTimedOut(500), NOW, on_dead=False)
    assert (job.attempts[0].outcome, job.failures, job.error) == ("timedOut", 1, "Promise timed out after 500 milliseconds")


def test_a_long_message_is_cut():
    job = transitions.fail(running(), "t1", ValueError("x" * 9_999), NOW, on_dead=False)
    assert (len(job.error), len(job.attempts[0].message)) == (transitions.MESSAGE_LIMIT,) * 2


LATE_WRITES = {
    "complete": lambda job: transitions.complete(job, "t1", None, NOW),
    "retry": lambda job: transitions.retry(job, "t1", ValueError(), NOW, NOW),
    "fail": lambda job: transitions.fail(job, "t1", ValueError(), NOW, on_dead=True),
    "give_back": lambda job: transitions.give_back(job, "t1", NOW),
}


@pytest.mark.parametrize("write", LATE_WRITES.values(), ids=LATE_WRITES)
@pytest.mark.parametrize("state", ["taken over", "taken back", "ended", "left behind"])
def test_a_run_that_lost_its_lease_writes_nothing(write, state):
    job = {
        "taken over": running(lease=a_lease("t2")),
        "taken back": replace(running(), state=JobState.WAITING, lease=None),
        "ended": transitions.complete(running(), "t1", None, NOW),
        "left behind": replace(running(), state=JobState.WAITING),  # the lease stayed, and does not hold anything
    }[state]
    with pytest.raises(LeaseLost):
        write(job)


def test_a_lease_that_holds_is_not_lost():
    assert transitions.lose(running(), LATER - timedelta(milliseconds=1), on_dead=True) is None
    assert transitions.lose(a_job(), LATER, on_dead=True) is None
    assert transitions.lose(replace(running(), state=JobState.COMPLETED), LATER, on_dead=True) is None
    assert transitions.lose(running(lease=None), LATER, on_dead=True) is None


def test_a_lost_job_goes_back_into_line_without_counting_as_a_failure():
    job = transitions.lose(running(), LATER, on_dead=True)
    assert (job.state, job.due_at, job.lease, job.failures, job.lost_runs) == (JobState.WAITING, LATER, None, 0, 1)
    assert (job.attempts[0].outcome, job.attempts[0].message) == ("lost", "lost worker: w1 held the job for 15 s")
    assert (job.timeline[-1].event, job.timeline[-1].detail) == ("lost", "w1")


def test_the_third_lost_worker_makes_a_dead_letter():
    assert lost_times(2).state is JobState.WAITING
    job = lost_times(3)
    assert (job.state, job.on_dead, job.error_class) == (JobState.FAILED, "pending", "LostWorker")
    assert job.error.startswith("lost worker: w1")


def test_a_run_that_was_lost_alone_counts_as_a_lost_worker_does():
    job = transitions.claim(lost_times(2), a_lease("t3"), NOW)
    assert transitions.is_suspect(job)
    assert not transitions.is_suspect(transitions.claim(lost_times(1), a_lease("t2"), NOW))
    dead = transitions.lose_alone(job, "t3", "signal 9", LATER, on_dead=True)
    assert (dead.state, dead.on_dead, dead.error) == (JobState.FAILED, "pending", "lost worker: w1 held the job for 15 s (signal 9)")
    with pytest.raises(LeaseLost):
        transitions.lose_alone(job, "another", "signal 9", LATER, on_dead=True)


def test_a_job_given_back_is_due_at_once_and_no_failure():
    job = transitions.give_back(running(), "t1", LATER)
    assert (job.state, job.due_at, job.failures, job.attempts[0].outcome, job.lease) == (JobState.WAITING, LATER, 0, "stopped", None)
    assert job.timeline[-1].event == "handedBack"


def test_the_report_of_a_dead_letter_is_reserved_for_one_and_made_once():
    dead = transitions.fail(running(), "t1", ValueError(), NOW, on_dead=True)
    reserved = transitions.begin_on_dead(dead, NOW)
    assert (reserved.on_dead_tries, reserved.on_dead_due) == (1, NOW + timedelta(seconds=60))
    assert transitions.begin_on_dead(dead, LATER).updated_at == LATER
    assert transitions.begin_on_dead(reserved, NOW + timedelta(seconds=59)) is None
    assert transitions.begin_on_dead(reserved, NOW + timedelta(seconds=60)).on_dead_tries == 2
    done = transitions.end_on_dead(reserved, NOW)
    assert (done.on_dead, done.on_dead_due, done.timeline[-1].event) == ("done", None, "reported")
    assert transitions.begin_on_dead(done, LATER) is None


def test_a_job_that_dies_again_is_reported_at_once_though_its_last_report_was_to_wait():
    dead = transitions.fail(running(on_dead="pending", on_dead_due=LATER), "t1", ValueError(), NOW, on_dead=True)
    assert transitions.begin_on_dead(dead, NOW) is not None


@pytest.mark.parametrize(("tries", "seconds"), [(1, 30), (2, 60), (20, 600), (99, 600)])
def test_a_report_that_failed_is_due_again_at_growing_intervals(tries, seconds):
    dead = replace(transitions.fail(running(), "t1", ValueError(), NOW, on_dead=True), on_dead_tries=tries)
    later = transitions.end_on_dead(dead, NOW, OSError("away"))
    assert (later.on_dead, later.on_dead_due, later.timeline[-1].detail) == ("pending", NOW + timedelta(seconds=seconds), "OSError")


def test_a_lost_run_has_no_trace_and_takes_no_other_s_place():
    def broken(job, token):
        try:
            raise ValueError(token)
        except ValueError as error:
            return transitions.retry(job, token, error, NOW, NOW)

    job = broken(transitions.claim(a_job(options=JobOptions(attempts=5, stack_trace_limit=2)), a_lease("t1"), NOW), "t1")
    job = replace(transitions.lose(transitions.claim(job, a_lease("t2"), NOW), LATER, on_dead=False), due_at=NOW)
    assert [bool(attempt.trace) for attempt in job.attempts] == [True, False]
    job = broken(transitions.claim(job, a_lease("t3"), NOW), "t3")
    assert [bool(attempt.trace) for attempt in job.attempts] == [True, False, True]
    job = broken(transitions.claim(job, a_lease("t4"), NOW), "t4")
    assert [bool(attempt.trace) for attempt in job.attempts] == [False, False, True, True]


def test_a_run_that_never_began_cannot_end():
    with pytest.raises(Conflict, match="no run to end"):
        transitions.complete(a_job(state=JobState.ACTIVE, lease=a_lease()), "t1", None, NOW)


def test_the_job_s_json_is_bull_s_with_the_history_beside_it():
    retried = transitions.retry(running(), "t1", ValueError("broken"), NOW, NOW)
    done = transitions.complete(transitions.claim(retried, a_lease("t2"), NOW), "t2", {"n": 1}, LATER)
    shown = done.to_json()
    assert shown["attemptsMade"] == 1
    assert (shown["timestamp"], shown["processedOn"], shown["finishedOn"]) == (1793595600000, 1793595600000, 1793595615000)
    assert (shown["state"], shown["returnvalue"], shown["failedReason"], shown["progress"]) == ("completed", {"n": 1}, None, 100)
    assert [attempt["outcome"] for attempt in shown["attempts"]] == ["failed", "completed"]
    assert shown["attempts"][0]["error"] == "ValueError"
    assert shown["timeline"][-1] == {"at": "2026-11-02T05:00:15.000Z", "event": "completed", "detail": ""}
    fresh = a_job().to_json()
    assert (fresh["processedOn"], fresh["finishedOn"], fresh["returnvalue"]) == (None, None, None)
