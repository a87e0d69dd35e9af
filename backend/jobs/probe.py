"""Job types: the probes of `gacp doctor`, one per queue: they take the way of every job and do nothing at its end."""

import os
import socket
import time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.errors import TemporaryFailure
from backend.queues.jobs import JobContext, job
from backend.queues.rehearsal import rehearse
from backend.services import Services

STEP_S = 0.02
FAILS = "the probe fails, as it was told to"
OPTIONS: dict[str, Any] = {"attempts": 1, "priority": 1, "timeout": 30_000, "remove_on_complete": True, "remove_on_fail": True}


class Probe(BaseModel):
    """What to do: `answer` after a while, `rehearse` a job type where this probe runs, or `fail`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    act: Literal["answer", "rehearse", "fail"] = "answer"
    job_type: str = ""
    hold_ms: int = Field(0, ge=0, le=60_000)


@job(queue="aiQc", payload=Probe, **OPTIONS)
def probe_ai_qc(payload: Probe, services: Services, context: JobContext) -> dict[str, Any]:
    """Show that the queue aiQc works."""
    return _act(payload, services, context)


@job(queue="email", payload=Probe, **OPTIONS)
def probe_email(payload: Probe, services: Services, context: JobContext) -> dict[str, Any]:
    """Show that the queue email works."""
    return _act(payload, services, context)


@job(queue="calendar", payload=Probe, **OPTIONS)
def probe_calendar(payload: Probe, services: Services, context: JobContext) -> dict[str, Any]:
    """Show that the queue calendar works."""
    return _act(payload, services, context)


@job(queue="report", payload=Probe, **OPTIONS)
def probe_report(payload: Probe, services: Services, context: JobContext) -> dict[str, Any]:
    """Show that the queue report works."""
    return _act(payload, services, context)


def _act(payload: Probe, services: Services, context: JobContext) -> dict[str, Any]:
    until = time.monotonic() + payload.hold_ms / 1000
    while time.monotonic() < until:
        context.stop_if_cancelled()
        time.sleep(STEP_S)
    if payload.act == "fail":
        raise TemporaryFailure(FAILS)
    seen = rehearse(services.queue_platform.registry.get(payload.job_type), services) if payload.act == "rehearse" else {}
    return {"host": socket.gethostname(), "pid": os.getpid(), "attempt": context.attempt, **seen}
