"""A job in JSON is Bull's job JSON, field by field, with the history beside it."""

import pytest

from backend.clock import to_millis
from backend.errors import TemporaryFailure
from backend.queues.testing import drain, run_until_quiet
from tests.support.queues import NOON, Desk, run_errand

FIELDS = {
    "id",
    "name",
    "data",
    "opts",
    "progress",
    "delay",
    "timestamp",
    "attemptsMade",
    "failedReason",
    "stacktrace",
    "returnvalue",
    "debounceId",
    "finishedOn",
    "processedOn",
}


def submit(desk, **more):
    return desk.service.submit(run_errand, {"place": "ตลาด"}, **more).job_id


def test_a_fresh_job_has_every_field_of_bull_and_no_other():
    desk = Desk()
    job_id = submit(desk, delay=500, priority=2)
    shown = desk.service.get(job_id).to_bull()
    assert set(shown) == FIELDS
    assert (shown["id"], shown["name"], shown["data"]) == (job_id, "run_errand", {"place": "ตลาด", "weight": 1})
    assert (shown["delay"], shown["progress"], shown["attemptsMade"], shown["stacktrace"]) == (500, 0, 0, [])
    assert [shown[name] for name in ("failedReason", "returnvalue", "debounceId", "finishedOn", "processedOn")] == [None] * 5
    opts = shown["opts"]
    assert (shown["timestamp"], opts["timestamp"], opts["attempts"], opts["delay"], opts["priority"]) == (
        to_millis(NOON),
        to_millis(NOON),
        3,
        500,
        2,
    )


def test_a_job_that_failed_once_and_then_succeeded_keeps_its_trace_and_no_reason():
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [TemporaryFailure("busy")]
    drain(desk.platform)
    between = desk.service.get(job_id).to_bull()
    assert (between["failedReason"], between["attemptsMade"], between["delay"], between["finishedOn"]) == ("busy", 1, 2000, None)
    run_until_quiet(desk.platform, desk.clock)
    shown = desk.service.get(job_id).to_bull()
    assert (shown["failedReason"], shown["attemptsMade"], len(shown["stacktrace"]), shown["delay"]) == (None, 1, 1, 0)
    assert shown["finishedOn"] == shown["processedOn"] == to_millis(NOON) + 2000


@pytest.mark.parametrize("result", [None, {}, {"ok": False, "n": 0, "text": ""}])
def test_a_falsy_result_stays_what_it_is(result):
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [lambda: result]
    drain(desk.platform)
    assert desk.service.get(job_id).to_bull()["returnvalue"] == result


def test_the_history_stands_beside_bull_s_fields():
    desk = Desk()
    job_id = submit(desk)
    drain(desk.platform)
    shown = desk.service.get(job_id).to_json()
    assert set(shown) >= FIELDS | {"queueName", "state", "retriedOn", "attempts", "timeline", "logs"}
    assert [entry["event"] for entry in shown["timeline"]] == ["accepted", "started", "completed"]
    assert (shown["attempts"][0]["outcome"], shown["state"], shown["retriedOn"]) == ("completed", "completed", None)
