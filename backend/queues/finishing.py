"""Waits for a job to end: the ledger says whether it has, an event only that it is time to look."""

import time
from collections.abc import Mapping
from threading import Event
from typing import Any

from backend.errors import NotFound, Unavailable
from backend.queues.errors import JobFailed
from backend.queues.events import EventName, JobEvent
from backend.queues.listening import ANY, QueueEvents
from backend.queues.ports import Ledger
from backend.queues.records import Job, JobState

PAUSES_S = (0.02, 0.5)
"""Between two looks at the ledger, the first and the longest: so late the answer comes at most where no event was heard."""
NEWS_WITHIN_S = 0.5
"""A job that has just gone may have ended a moment before: so long its event may take."""


def wait_until_finished(
    ledger: Ledger, events: QueueEvents, job_id: str, timeout: float, *, pauses_s: tuple[float, float] = PAUSES_S
) -> Mapping[str, Any] | None:
    """The result of the job, waiting at most `timeout` seconds for it.

    Raises JobFailed with the job's last error, TimeoutError, NotFound for an unknown job or one removed meanwhile, and
    Unavailable where the ledger is away at first, or still at the end.
    """
    end = time.monotonic() + timeout
    job = ledger.get(job_id)
    if job.finished:
        return result_of(job)
    watch = _Watch(ledger, job_id)
    stop_listening = events.on(ANY, watch.hear, queue=job.queue, everywhere=True)
    try:
        finished = watch.wait(end, *pauses_s)
    finally:
        stop_listening()
    if finished is None:
        raise TimeoutError(f"Job {job_id} had not finished after {timeout:g} s")
    return result_of(finished) if isinstance(finished, Job) else _told(finished)


def result_of(job: Job) -> Mapping[str, Any] | None:
    """What a finished job returned; raises JobFailed where it failed."""
    if job.state is JobState.FAILED:
        raise JobFailed(job.error)
    return job.result


class _Watch:
    """Looks at the ledger at growing intervals, and at once when an event says that the job has ended."""

    def __init__(self, ledger: Ledger, job_id: str) -> None:
        self._ledger = ledger
        self._job_id = job_id
        self._rung = Event()
        self._heard: JobEvent | None = None

    def hear(self, event: JobEvent) -> None:
        if event.job_id == self._job_id and event.name in (EventName.COMPLETED, EventName.FAILED):
            # What was too long to carry arrives without its arguments: it still says that it is time to look.
            self._heard = None if event.arguments.get("omitted") else event
            self._rung.set()

    def wait(self, end: float, pause: float, longest: float) -> Job | JobEvent | None:
        """The finished job, or the event where the job is gone already; None where the time is over."""
        while True:
            left = end - time.monotonic()
            found = self._look(left)
            if found is not None or left <= 0:
                return found
            self._rung.wait(min(pause, left))
            self._rung.clear()
            pause = min(pause * 2, longest)

    def _look(self, left: float) -> Job | JobEvent | None:
        try:
            job = self._ledger.get(self._job_id)
        except NotFound:
            self._rung.wait(max(0.0, min(NEWS_WITHIN_S, left)))
            if self._heard is None:
                raise
            return self._heard
        except Unavailable:
            if left <= 0:
                raise
            return None
        return job if job.finished else None


def _told(event: JobEvent) -> Mapping[str, Any] | None:
    if event.name is EventName.FAILED:
        raise JobFailed(event.arguments["failedReason"])
    result: Mapping[str, Any] | None = event.arguments["result"]
    return result
