"""Every status that RQ knows has one meaning in Bull's words."""

import pytest
from rq.job import JobStatus

from backend.adapters.rq.states import state_of

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
    assert state_of(status).value == MEANING[status]


@pytest.mark.parametrize("status", ["", "no such status"])
def test_what_rq_does_not_know_has_none(status):
    assert state_of(status) is None
