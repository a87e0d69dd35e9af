"""Every status that RQ knows has one meaning in Bull's words."""

import pytest
from rq.job import JobStatus

from backend.adapters.rq.states import bull_state

MEANING = {
    "created": "waiting",
    "queued": "waiting",
    "ready_to_enqueue": "waiting",
    "deferred": "delayed",
    "scheduled": "delayed",
    "rate_limited": "delayed",
    "started": "active",
    "finished": "completed",
    "failed": "failed",
    "stopped": "failed",
    "canceled": "failed",
}


@pytest.mark.parametrize("status", [status.value for status in JobStatus])
def test_every_status_has_a_meaning(status):
    assert bull_state(status) == MEANING[status]


@pytest.mark.parametrize("status", [status.value for status in JobStatus])
def test_only_what_waits_is_paused_with_its_queue(status):
    assert bull_state(status, queue_paused=True) == ("paused" if MEANING[status] == "waiting" else MEANING[status])


@pytest.mark.parametrize("status", [None, "", "no such status"])
def test_a_job_without_a_status_is_stuck(status):
    assert bull_state(status) == bull_state(status, queue_paused=True) == "stuck"
