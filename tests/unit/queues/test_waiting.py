"""Why a job waits: every reason that holds, the weightiest first, with its cure and an honest estimate."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from backend.errors import TemporaryFailure
from backend.queues.errors import JobCrashed
from backend.queues.limits import QueueLimits
from backend.queues.ports import Pause
from backend.queues.records import Attempt
from backend.queues.testing import drain
from backend.queues.waiting import Pace, Surroundings
from backend.queues.waiting_answer import why
from tests.support.queues import NOON, Desk, run_errand, try_once

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
PACE = Pace(average_run_ms=2_000, per_minute=30, span=15 * MINUTE)


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def waits(desk):
    return submitted(desk)


def submitted(desk, **options):
    return desk.service.get(desk.service.submit(run_errand, {"place": "x"}, **options).job_id)


def around(**changes):
    """A queue with ten places, nobody before the job, and a scheduler."""
    usual = {"now": NOON, "redis": "up", "place": "waiting", "ahead": 0, "running": 0, "capacity": 10, "leader": "s-1", "pace": PACE}
    return Surroundings(**(usual | changes))


def codes(answer):
    return [reason.code for reason in answer.reasons]


REASONS = {
    "nothing": ({}, ["next"]),
    "a pause": ({"pause": Pause("aiQc", "boss", NOON, "the provider is down")}, ["paused"]),
    "no queue": ({"redis": "off", "place": None}, ["noQueue"]),
    "no queue and nobody who runs what is due": ({"redis": "off", "place": None, "leader": ""}, ["noQueue", "noScheduler"]),
    "an outage": ({"redis": "away", "place": None}, ["redisAway"]),
    "no worker": ({"capacity": 0}, ["noWorker"]),
    "just accepted": ({"place": "nowhere"}, ["onItsWay"]),
    "lost by Redis": ({"place": "nowhere", "now": NOON + MINUTE}, ["notInRedis"]),
    "lost by Redis and nobody who brings it": ({"place": "nowhere", "now": NOON + MINUTE, "leader": ""}, ["noScheduler", "notInRedis"]),
    "taken": ({"place": "inFlight"}, ["beingTaken"]),
    "a rate": ({"limits": QueueLimits("aiQc", None, 60, 60_000), "held_until": NOON + 3 * SECOND}, ["rateLimited"]),
    "a limit": ({"limits": QueueLimits("aiQc", 2), "running": 2, "runs": ("a", "b")}, ["concurrencyLimit"]),
    "a limit that is not reached": ({"limits": QueueLimits("aiQc", 3), "running": 2}, ["next"]),
    "busy workers": ({"running": 10, "runs": ("a",)}, ["workersBusy"]),
    "a line": ({"ahead": 7}, ["behindOthers"]),
    "all at once": (
        {
            "pause": Pause("aiQc", "boss", NOON),
            "limits": QueueLimits("aiQc", 1, 1, 1000),
            "held_until": NOON + SECOND,
            "running": 1,
            "ahead": 2,
        },
        ["paused", "rateLimited", "concurrencyLimit", "behindOthers"],
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_keeps_a_job_is_said_in_both_languages(name, waits):
    changes, expected = REASONS[name]

    answer = why(waits, around(**changes))

    assert codes(answer) == expected
    for reason in answer.reasons:
        assert reason.text
        assert any("ก" <= letter <= "๛" for letter in reason.thai)
        assert bool(reason.command) <= bool(reason.cure)


def test_one_that_was_lost_twice_waits_for_a_process_of_its_own(waits):
    lost = Attempt(1, "w1", NOON, NOON, "lost")
    assert codes(why(replace(waits, attempts=(lost, lost)), around(place="delayed"))) == ["lostTwice"]
    assert codes(why(replace(waits, attempts=(lost,)), around(place="delayed"))) == ["next"]


def test_a_pause_says_by_whom_why_and_until_when_and_how_to_end_it(waits):
    pause = Pause("aiQc", "boss", NOON, "the provider is down", NOON + MINUTE)

    [reason] = why(waits, around(pause=pause)).reasons

    assert reason.text == ("The queue AI QC was paused by boss at 2026-11-02 12:00:00 until 2026-11-02 12:01:00: the provider is down.")
    assert (reason.command, reason.until) == ("gacp queue resume aiQc", NOON + MINUTE)


def test_a_limit_names_jobs_that_are_in_the_way(waits):
    [reason] = why(waits, around(limits=QueueLimits("aiQc", 2), running=2, runs=("a", "b"))).reasons

    assert (reason.jobs, reason.count) == (("a", "b"), 2)
    assert reason.command == "gacp queue limits aiQc --concurrency 3"


def test_a_delayed_job_says_until_when_and_one_that_backs_off_after_which_error(desk):
    delayed = submitted(desk, delay=30_000)
    [reason] = why(delayed, around(place="delayed")).reasons
    assert (reason.code, reason.until, reason.command) == ("delayed", NOON + 30 * SECOND, f"gacp jobs promote {delayed.id}")

    desk.errands.outcomes.append(TemporaryFailure("busy"))
    again = submitted(desk, attempts=3, backoff={"type": "fixed", "delay": 5_000})
    drain(desk.platform)
    [reason] = why(desk.service.get(again.id), around(place="delayed")).reasons
    assert reason.code == "backingOff"
    assert "Attempt 1 failed with TemporaryFailure" in reason.text
    assert "2 more times" in reason.text


def test_a_delayed_job_needs_a_scheduler_and_is_due_for_a_moment(desk):
    delayed = submitted(desk, delay=1_000)

    assert codes(why(delayed, around(place="delayed", leader="", capacity=0))) == ["noWorker", "noScheduler", "delayed"]
    assert codes(why(delayed, around(place="delayed", leader="", capacity=None))) == ["noScheduler", "delayed"]
    assert codes(why(delayed, around(place="delayed", leader=""))) == ["delayed"], "a worker brings it into line, too"
    assert codes(why(delayed, around(place="delayed", now=NOON + 2 * SECOND))) == ["due"]


def test_a_ttl_that_is_about_to_end_is_said(desk):
    job = submitted(desk, ttl=60_000)

    reason = why(job, around(ahead=3)).reasons[-1]

    assert (reason.code, reason.until) == ("expiring", NOON + MINUTE)
    assert codes(why(submitted(desk, ttl=3_600_000), around())) == ["next"]


ESTIMATES = {
    "a free place": ({"running": 3}, 0),
    "the last free place, and others before it": ({"running": 8, "ahead": 2}, 200),
    "a line": ({"running": 10, "ahead": 19}, 4_000),
    "a line behind a limit": ({"running": 2, "ahead": 3, "limits": QueueLimits("aiQc", 2)}, 4_000),
    "a pause that ends": ({"pause": Pause("aiQc", "boss", NOON, "", NOON + MINUTE)}, 60_000),
    "a pause without an end": ({"pause": Pause("aiQc", "boss", NOON)}, None),
    "no worker": ({"capacity": 0}, None),
    "a rate": ({"limits": QueueLimits("aiQc", None, 1, 1_000), "held_until": NOON + SECOND, "ahead": 5}, 6_000),
    "nothing has ended lately": ({"running": 10, "ahead": 5, "pace": Pace(None, 0, 15 * MINUTE)}, None),
    "an outage": ({"redis": "away", "place": None, "ahead": None, "running": None}, 0),
    "nobody knows": ({"redis": "unknown", "place": None}, None),
    "lost by Redis": ({"place": "nowhere", "now": NOON + MINUTE}, 5_000),
    "lost by Redis and nobody who brings it": ({"place": "nowhere", "now": NOON + MINUTE, "leader": ""}, None),
}


@pytest.mark.parametrize("name", ESTIMATES)
def test_the_start_is_estimated_or_said_to_be_unknown(name, waits):
    changes, wait_ms = ESTIMATES[name]
    there = around(**changes)

    told = why(waits, there).estimate.to_json(there.now)

    assert told["inMs"] == wait_ms
    assert told["basis"].startswith("unknown") == (wait_ms is None)
    assert told["basisTh"]


def test_what_runs_has_lost_its_worker_or_was_asked_to_stop_says_so(desk):
    job = submitted(desk)
    desk.take_and_vanish()
    job = desk.service.get(job.id)
    alive = replace(job, lease=replace(job.lease, until=NOON + MINUTE))

    assert codes(why(alive, around())) == ["running"]
    assert codes(why(replace(alive, cancel_at=NOON), around())) == ["cancelling"]
    lost = why(job, around(now=NOON + timedelta(hours=1)))
    assert codes(lost) == ["leaseLost"]
    assert lost.estimate is None
    assert why(job, around(now=NOON + timedelta(hours=1), leader="")).reasons[0].command == "gacp scheduler"


def test_what_has_ended_does_not_wait(desk):
    done = submitted(desk)
    drain(desk.platform)
    desk.errands.outcomes.append(JobCrashed("no"))
    failed = desk.service.submit(try_once, {"place": "x"}).job_id
    drain(desk.platform)

    assert codes(why(desk.service.get(done.id), around())) == ["completed"]
    [reason] = why(desk.service.get(failed), around()).reasons
    assert (reason.code, reason.command) == ("failed", f"gacp jobs retry {failed}")
    assert "JobCrashed" in reason.text


def test_the_owner_hears_no_name_of_a_person_or_a_machine(waits):
    answer = why(waits, around(pause=Pause("aiQc", "boss", NOON, "secret reason"), ahead=3))

    told = answer.for_owner()

    assert told["summary"] == "Work of this kind is paused for now."
    assert "boss" not in str(told)
    assert "secret" not in str(told)
