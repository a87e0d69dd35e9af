"""What is counted of jobs: through the platform, as they are submitted, run, fail and end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from pydantic import BaseModel, ConfigDict

from backend import bootstrap
from backend.errors import GacpError, NoAnswer, NotFound, NotKept, PermanentFailure, TemporaryFailure, Unreachable
from backend.queues import transitions
from backend.queues.error_classes import ERROR_CLASSES, OTHER, error_type
from backend.queues.errors import JobTimedOut
from backend.queues.insight import Generation
from backend.queues.jobs import job
from backend.queues.leases import LEASE
from backend.queues.ledger import change
from backend.queues.numbers.grains import DAY, HOUR, MINUTE
from backend.queues.testing import drain, run_until_quiet
from backend.queues.working import work_once
from tests.support.queues import Desk, run_errand, try_once

HOUR_LONG = timedelta(hours=1)


def submit(desk, job_type=run_errand, **options):
    return desk.service.submit(job_type, {"place": "x"}, **options)


def window(desk, queue="aiQc", span=HOUR_LONG, **options):
    return desk.platform.numbers.window(queue, span, **options)


def taking(desk, seconds, outcome=None):
    """An outcome of a job that takes so long."""

    def work():
        desk.clock.move(timedelta(seconds=seconds))
        if outcome is not None:
            raise outcome
        return {"ok": True}

    return work


def test_an_empty_window_has_zeros_and_no_rates():
    found = window(Desk())
    assert (found.ended, found.submitted, found.retried, found.errors, found.last_ended_at) == (0, 0, 0, {}, None)
    assert (found.error_rate, found.success_rate, found.average_run_ms, found.average_wait_ms) == (None, None, None, None)
    assert (found.run.percentile_ms(95), found.per_minute) == (None, 0.0)


def test_a_job_that_completes_counts_its_wait_its_run_and_both():
    desk = Desk()
    submit(desk)
    desk.clock.move(timedelta(seconds=3))
    desk.errands.outcomes = [taking(desk, 2)]
    drain(desk.platform)
    found = window(desk)
    assert (found.submitted, found.completed, found.failed, found.attempts) == (1, 1, 0, {"completed": 1})
    assert (found.average_wait_ms, found.average_run_ms, found.whole.average_ms) == (3_000, 2_000, 5_000)
    assert (found.error_rate, found.success_rate) == (0.0, 1.0)
    assert found.last_ended_at == desk.clock.now()
    assert found.per_minute == pytest.approx(1 / 60)


def test_waits_are_of_first_attempts_and_from_when_the_job_was_due():
    desk = Desk()
    submit(desk, delay=60_000, attempts=2, backoff=30_000)
    desk.clock.move(timedelta(seconds=61))
    desk.errands.outcomes = [taking(desk, 1, TemporaryFailure("busy"))]
    run_until_quiet(desk.platform, desk.clock)
    found = window(desk)
    assert (found.wait.count, found.average_wait_ms) == (1, 1_000)
    assert found.run.count == 2
    assert (found.retried, found.completed, found.failed) == (1, 1, 0)
    assert found.whole.count == 1


def test_what_fails_is_told_apart_by_its_class_and_a_class_that_nobody_knows_is_other():
    class Peculiar(Exception):
        pass

    desk = Desk()
    desk.errands.outcomes = [TemporaryFailure("a"), PermanentFailure("b"), Peculiar("c")]
    submit(desk, attempts=2, backoff=0)
    submit(desk, attempts=1)
    run_until_quiet(desk.platform, desk.clock)
    found = window(desk)
    assert found.errors == {"TemporaryFailure": 1, "PermanentFailure": 1, OTHER: 1}
    assert (found.attempts, found.failed, found.retried, found.error_rate) == ({"failed": 3}, 2, 1, 1.0)


def claimed(desk, job_id):
    """The token of a run of that job that has begun."""
    lease = desk.platform.keeper.new_lease("w")
    desk.broker.take(["aiQc"], 0)
    change(desk.ledger, job_id, lambda found: transitions.claim(found, lease, desk.clock.now()))
    return lease.token


def test_a_run_that_took_too_long_is_an_outcome_of_its_own():
    desk = Desk()
    job_id = submit(desk).job_id
    token = claimed(desk, job_id)
    desk.clock.move(timedelta(minutes=2))
    desk.platform.runner.tell_end(change(desk.ledger, job_id, desk.platform.runner.failure(token, JobTimedOut(120_000))))
    found = window(desk)
    assert (found.timed_out, found.retried, found.average_run_ms) == (1, 1, 120_000)
    assert found.errors == {"JobTimedOut": 1}


def test_a_lost_worker_is_no_failure_until_it_is_the_last():
    desk = Desk()
    submit(desk)
    for _ in range(transitions.MAX_LOST_RUNS):
        desk.take_and_vanish()
        desk.clock.move(LEASE)
        desk.recovery.reap_lost()
    found = window(desk)
    assert (found.lost, found.failed, found.retried, found.errors) == (3, 1, 0, {"LostWorker": 3})


def test_an_error_of_an_earlier_attempt_is_not_counted_again():
    desk = Desk()
    desk.errands.outcomes = [TemporaryFailure("busy")]
    submit(desk, attempts=3, backoff=0)
    work_once(desk.platform, ["aiQc"], worker="w")
    desk.take_and_vanish()
    desk.clock.move(LEASE)
    desk.recovery.reap_lost()
    assert window(desk).errors == {"TemporaryFailure": 1, "LostWorker": 1}


def test_a_run_that_was_handed_back_is_an_attempt_and_nothing_else():
    desk = Desk()
    job_id = submit(desk).job_id
    desk.platform.runner.tell_end(desk.platform.runner.give_back(job_id, claimed(desk, job_id)))
    found = window(desk)
    assert (found.attempts, found.run.count, found.wait.count, found.retried, found.ended) == ({"stopped": 1}, 0, 0, 0, 0)


def test_a_job_that_is_cancelled_while_it_waits_fails_without_an_attempt():
    desk = Desk()
    desk.platform.job_control.cancel(submit(desk).job_id)
    found = window(desk)
    assert (found.failed, found.attempts, found.errors, found.run.count) == (1, {}, {"JobCancelled": 1}, 0)


def test_a_job_that_is_retried_by_hand_counts_from_then_on():
    desk = Desk()
    desk.errands.outcomes = [PermanentFailure("no")]
    job_id = submit(desk, attempts=1).job_id
    drain(desk.platform)
    desk.clock.move(timedelta(minutes=30))
    desk.platform.job_control.retry(job_id)
    desk.clock.move(timedelta(seconds=4))
    drain(desk.platform)
    found = window(desk, span=timedelta(minutes=5))
    assert (found.completed, found.failed, found.wait.count, found.whole.average_ms) == (1, 0, 0, 4_000)


@pytest.mark.parametrize(
    ("settings", "away", "reason"), [({"ENABLE_QUEUE": "false"}, False, "queue_disabled"), ({}, True, "redis_away"), ({}, False, None)]
)
def test_what_did_not_go_the_way_of_the_queue_is_told_with_its_reason(settings, away, reason):
    desk = Desk(**settings)
    desk.broker.away = away
    submit(desk)
    if reason is None:
        submit(desk, inline=True)
        drain(desk.platform)
    assert window(desk).fallbacks == ({reason: 1} if reason else {})
    assert window(desk).completed == (1 if reason else 2)


def test_a_job_that_had_no_place_in_its_caller_is_told_as_such():
    desk = Desk(INLINE_JOBS="1", ENABLE_QUEUE="false")

    def while_another_asks():
        with ThreadPoolExecutor(1) as other:
            assert other.submit(submit, desk).result().queued
        return {"ok": True}

    desk.errands.outcomes = [while_another_asks]
    submit(desk, inline=True)
    desk.clock.move(timedelta(seconds=10))
    desk.recovery.run_due()
    assert (window(desk).completed, window(desk).fallbacks) == (2, {"inline_full": 1})


def test_queues_and_types_are_told_apart():
    desk = Desk()
    submit(desk)
    submit(desk, try_once)
    drain(desk.platform)
    assert (window(desk).completed, window(desk, "email").completed, window(desk, "report").completed) == (1, 1, 0)
    assert window(desk, types=["run_errand"]).completed == 1
    assert window(desk, types=["another"]).completed == window(desk, types=[]).completed == 0
    assert window(desk, types=["another"]).last_ended_at is None
    with pytest.raises(NotFound):
        window(desk, "aiqc")


def test_a_window_ends_where_its_time_does():
    desk = Desk()
    for _ in range(3):
        submit(desk)
        drain(desk.platform)
        desk.clock.move(timedelta(minutes=10))
    assert [window(desk, span=timedelta(minutes=minutes)).completed for minutes in (5, 10, 15, 20, 60)] == [0, 1, 1, 2, 3]
    desk.clock.move(timedelta(days=3))
    assert window(desk).completed == 0
    assert window(desk, span=timedelta(days=4)).completed == 3
    assert window(desk).last_ended_at == desk.clock.now() - timedelta(days=3, minutes=10)


@pytest.mark.parametrize(("grain", "span", "points"), [(MINUTE, HOUR_LONG, 61), (HOUR, timedelta(days=1), 25), (DAY, timedelta(days=7), 8)])
def test_steps_are_every_slot_of_the_time_also_those_without_any(grain, span, points):
    desk = Desk()
    submit(desk)
    drain(desk.platform)
    desk.clock.move(timedelta(minutes=grain.minutes))
    steps = desk.platform.numbers.steps("aiQc", grain, span)
    assert [step.completed for step in steps[-3:]] == [0, 1, 0]
    assert len(steps) == points
    assert all(earlier.until == later.since for earlier, later in pairwise(steps))
    assert steps[-1].until == desk.clock.now()


class Drawing(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    herbs: tuple[str, ...]


@job(queue="aiQc", payload=Drawing, attempts=1, generation=Generation("gacp", lambda result: result.get("herbs", ())))
def draw(payload: Drawing, services, context):
    """Draw some herbs."""
    if not payload.herbs:
        raise PermanentFailure("nothing to draw")
    return {"herbs": list(payload.herbs)}


def test_generations_rank_those_who_asked_and_what_they_were_about():
    desk = Desk(strategies=(draw,))
    for user, herbs in [("u1", ["A", "B"]), ("u1", ["A"]), ("u2", ["A"]), ("u1", []), ("", ["C"])]:
        desk.service.submit(draw, {"herbs": herbs}, requested_by=user)
    drain(desk.platform)
    numbers = desk.platform.numbers
    first, second = numbers.top("user", "gacp", "generations", 10)
    assert (first[0], dict(first[1])) == ("u1", {"generations": 3, "completed": 2, "failed": 1, "things": 3})
    assert (second[0], second[1]["generations"], second[1].get("failed", 0)) == ("u2", 1, 0)
    assert [(thing, found["uses"]) for thing, found in numbers.top("thing", "gacp", "uses", 2)] == [("A", 3), ("C", 1)]
    assert window(desk).things == 5
    assert numbers.top("user", "pose-generator", "generations", 10) == []


def test_every_error_that_is_raised_on_purpose_is_in_the_table():
    assert "backend.adapters" in bootstrap.RqBroker.__module__  # all adapters are imported

    def all_of(cls):
        return {cls, *(each for sub in cls.__subclasses__() for each in all_of(sub))}

    of_jobs = ("backend.errors", "backend.queues.", "backend.adapters.")
    not_of_jobs = {"NotSignedIn", "LeaseLost", "UnreadableJob"}
    ours = {cls.__name__ for cls in all_of(GacpError) if cls.__module__.startswith(of_jobs)}
    assert ours - not_of_jobs - set(ERROR_CLASSES) == set()


@pytest.mark.parametrize(
    ("error", "kind"),
    [(Unreachable, "NETWORK_ERROR"), (NoAnswer, "TIMEOUT_ERROR"), (NotKept, "STORAGE_ERROR"), (TemporaryFailure, "FLUX_API_ERROR")],
)
def test_a_provider_that_was_not_reached_is_told_apart_from_one_that_failed(error, kind):
    assert error_type(error.__name__) == kind
