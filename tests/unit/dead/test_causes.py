"""What makes two failures one cause, and what is known of it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from backend.adapters.isolation import messages
from backend.errors import PermanentFailure, TemporaryFailure
from backend.queues import transitions
from backend.queues.causes import (
    AFFECTED_LIMIT,
    cause_of,
    release_order,
    seen_again,
    seen_first,
    sighting,
    sightings,
    top_frame,
)
from backend.queues.errors import JobExpired, LostWorker
from backend.queues.options import JobOptions
from backend.queues.records import Job, Lease
from backend.queues.traces import own_trace
from tests.support.queues import NOON

TRACE = "backend/jobs/send_letter.py:27 send_letter\nbackend/adapters/smtp/mailer.py:40 send\nTemporaryFailure"


def a_job(id="j-1", **changes):
    job = Job(id, "run_errand", "aiQc", {}, JobOptions(), NOON, NOON, subject="app-1", requested_by="u-1")
    return structs.replace(job, **changes)


def dead(error, *, at=0, **changes):
    return transitions.bury(a_job(**changes), error, NOON + timedelta(minutes=at), on_dead=False)


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return caught


def ran_and_died(error, **changes):
    claimed = transitions.claim(a_job(**changes), Lease("t", "w", NOON), NOON)
    return transitions.fail(claimed, "t", raised(error), NOON, on_dead=False)


def seen(*jobs):
    (found,) = sightings(jobs).values()
    return found


def test_the_same_error_with_other_values_is_the_same_cause():
    one, other = (cause_of(dead(PermanentFailure(f"no file {n} for 'x{n}'"), id=f"j-{n}")) for n in (1, 2))
    assert one == other
    assert (one.error_class, one.message, len(one.id)) == ("PermanentFailure", "no file <n> for <text>", 16)


@pytest.mark.parametrize(
    "other",
    [dead(TemporaryFailure("no file 1")), dead(PermanentFailure("no folder 1")), dead(PermanentFailure("no file 1"), type="try_once")],
    ids=["class", "message", "job type, where our code is not in it"],
)
def test_another_class_message_or_place_is_another_cause(other):
    assert cause_of(other).id != cause_of(dead(PermanentFailure("no file 1"))).id


def test_the_place_is_the_innermost_of_our_own_frames_without_its_line():
    assert top_frame(TRACE) == "backend/adapters/smtp/mailer.py send"
    assert top_frame(TRACE.replace(":40", ":41")) == "backend/adapters/smtp/mailer.py send"
    assert top_frame("KeyError\nled to\nbackend/jobs/x.py:3 run\nbackend/a.py:9 f\nUnavailable") == "backend/a.py f"
    assert (top_frame(""), top_frame("ValueError")) == ("", "")


def test_a_job_of_one_place_has_the_cause_whatever_its_type():
    one = ran_and_died(PermanentFailure("busy"))
    other = ran_and_died(PermanentFailure("busy"), type="try_once")
    assert cause_of(one) == cause_of(other)
    assert cause_of(one).frame.endswith("test_causes.py raised")


@pytest.mark.parametrize("error", [LostWorker("lost worker: h-1 held the job for 31 s"), JobExpired("no worker within 5 ms")])
def test_what_died_without_our_code_is_told_apart_by_its_type(error):
    assert cause_of(dead(error)).frame == "(run_errand)"


def test_an_error_of_another_process_brings_its_place_along():
    error = raised(PermanentFailure("busy"))
    arrived = messages.raised(json.loads(json.dumps(messages.told(error))))
    assert own_trace(arrived) == own_trace(error)
    assert top_frame(own_trace(arrived)).endswith("test_causes.py raised")


def test_the_living_and_probes_have_no_cause():
    assert cause_of(a_job()) is None
    assert cause_of(dead(ValueError("x"), type="probe_email")) is None


def test_a_trace_of_another_error_is_not_the_place():
    """It was cancelled after an attempt that failed otherwise."""
    job = structs.replace(ran_and_died(PermanentFailure("busy")), error="cancelled", error_class="JobCancelled")
    assert cause_of(job).frame == "(run_errand)"


def test_a_cause_counts_and_knows_whom_it_affected():
    queues = ("email", "aiQc", "aiQc")
    jobs = [dead(ValueError("x"), at=n, id=f"j-{n}", subject=f"app-{n % 2}", queue=queue) for n, queue in enumerate(queues)]
    cause = seen_first(seen(*jobs))
    assert (cause.count, cause.queues, cause.types) == (3, ("email", "aiQc"), ("run_errand",))
    assert (cause.first_at, cause.last_at, cause.last_job_id) == (jobs[0].finished_at, jobs[2].finished_at, "j-2")
    assert cause.to_json()["affected"] == {"applications": 2, "people": 1, "more": False}
    assert cause.state == "new"


def test_whom_it_affected_is_bounded():
    cause = seen_first(seen(*(dead(ValueError("x"), id=f"j-{n}", subject=f"app-{n}") for n in range(AFFECTED_LIMIT + 50))))
    again = seen_again(cause, seen(dead(ValueError("x"), subject="app-new")), "1.0")
    assert (again.count, len(again.subjects), again.more_affected) == (AFFECTED_LIMIT + 51, AFFECTED_LIMIT, True)


def test_older_failures_that_are_noted_later_move_the_beginning_only():
    cause = seen_first(seen(dead(ValueError("x"), at=5, id="late")))
    again = seen_again(cause, seen(dead(ValueError("x"), at=1, id="early")), "")
    assert (again.first_at, again.last_at, again.last_job_id, again.count) == (NOON + timedelta(minutes=1), cause.last_at, "late", 2)


@pytest.mark.parametrize("state", ["new", "known", "ignored"])
def test_only_what_was_fixed_can_come_back(state):
    cause = replace(seen_first(seen(dead(ValueError("x")))), state=state)
    again = seen_again(cause, seen(dead(ValueError("x"), at=1)), "9.9")
    assert (again.state, again.regressions) == (state, 0)


@pytest.mark.parametrize(
    ("fixed_in", "release", "came_back"),
    [("1.2.0", "1.1.9", False), ("1.2.0", "1.2.0", True), ("1.2.0", "1.10.0", True), ("v2", "1.9", False), ("1.2", "1.2.1-rc1", True)],
)
def test_fixed_in_a_version_comes_back_in_that_one_or_a_later(fixed_in, release, came_back):
    cause = replace(seen_first(seen(dead(ValueError("x")))), state="fixed", fixed_in=fixed_in, changed_at=NOON)
    again = seen_again(cause, seen(dead(ValueError("x"), at=1)), release)
    assert (again.state, again.regressions) == (("new", 1) if came_back else ("fixed", 0))
    assert again.count == 2


def test_fixed_without_a_version_comes_back_with_a_run_that_began_after_it():
    fixed_at = NOON + timedelta(minutes=5)
    cause = replace(seen_first(seen(dead(ValueError("x")))), state="fixed", changed_at=fixed_at)
    before, after = sighting(dead(ValueError("x"), at=4), cause_of(dead(ValueError("x")))), seen(dead(ValueError("x"), at=6))
    assert seen_again(cause, before, "").state == "fixed"
    again = seen_again(cause, after, "")
    assert (again.state, again.regressed_at) == ("new", NOON + timedelta(minutes=6))


@pytest.mark.parametrize(("release", "order"), [("1.10.2", (1, 10, 2)), ("v3.0+abc", (3, 0)), ("", (0,)), ("2.0-rc.1", (2, 0, 0, 1))])
def test_versions_are_compared_as_numbers(release, order):
    assert release_order(release) == order
