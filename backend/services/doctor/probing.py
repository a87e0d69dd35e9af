"""Submits the probes of one examination, waits for them, and leaves none of them behind."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

from backend.errors import Conflict, GacpError, NotFound
from backend.queues.errors import JobFailed
from backend.queues.ports import JobFilter
from backend.queues.probes import is_probe
from backend.queues.records import Job
from backend.queues.service import Submitted
from backend.queues.wording import number_of
from backend.services import Services

CLEANING_S = 5.0
FORGOTTEN_AFTER = timedelta(minutes=10)
"""A probe of that age belongs to an examination that was killed."""
PAGE = 200
BY = "doctor"


class NotTaken(Exception):
    """A probe did not end in time; says how far it came, and why as far as that can be told."""


class Prober:
    """Ids of probes tell their examination: `doctor-<run>-<number>`."""

    def __init__(self, services: Services, run_id: str, timeout_s: float) -> None:
        self._services = services
        self._run_id = run_id
        self._timeout_s = timeout_s
        self._numbers = count(1)
        self._ids: list[str] = []

    @property
    def submitted(self) -> int:
        return len(self._ids)

    def new_id(self) -> str:
        """An id that nobody else takes; what bears it is removed in the end."""
        job_id = f"{self._run_id}-{next(self._numbers)}"
        self._ids.append(job_id)
        return job_id

    def probe_of(self, queue: str) -> str:
        """The name of the probe of that queue."""
        return next(kind.name for kind in self._services.queue_platform.registry if is_probe(kind.name) and kind.queue == queue)

    def submit(self, queue: str, payload: Mapping[str, Any], *, inline: bool = False, **options: Any) -> Submitted:
        """A probe through the door that every job takes; without another `job_id` it has one of its own."""
        given = {"job_id": options.get("job_id") or self.new_id(), **options}
        return self._services.queues.submit(self.probe_of(queue), payload, requested_by=BY, inline=inline, **given)

    def pause_of(self, queue: str) -> str:
        """By whom the queue is paused and why; empty where it is not."""
        found = [pause for pause in self._services.queue_control.pauses() if pause.queue == queue]
        return f"{queue} is paused by {found[0].by or 'somebody'}: {found[0].reason or 'no reason given'}" if found else ""

    def ended(self, job_id: str) -> Job:
        """The job once it has completed or failed for good; raises NotTaken."""
        with suppress(JobFailed, TimeoutError):
            self._services.queues.finished(job_id, self._timeout_s)
        job = self._services.queues.get(job_id)
        if not job.finished:
            state = self._services.job_control.state(job_id)
            raise NotTaken(f"it is {state} after {self._timeout_s:g} s, with {number_of(len(job.attempts), 'attempt')} begun")
        return job

    def get(self, job_id: str) -> Job:
        return self._services.queues.get(job_id)

    def clean(self) -> Sequence[str]:
        """Remove the probes of this examination and those that killed ones left behind; the ids of those that stay."""
        deadline = time.monotonic() + CLEANING_S
        left = [*self._ids, *self._forgotten()]
        while left:
            left = [job_id for job_id in left if not self._removed(job_id)]
            if time.monotonic() > deadline:
                break
            if left:
                time.sleep(0.1)
        return left

    def _removed(self, job_id: str) -> bool:
        control = self._services.job_control
        try:
            control.remove(job_id, by=BY)
        except Conflict:
            with suppress(GacpError):
                control.cancel(job_id, by=BY)  # it runs: the next round removes it
            return False
        return True

    def _forgotten(self) -> list[str]:
        outside = self._services.queue_platform.outside
        old = outside.clock.now() - FORGOTTEN_AFTER
        found: list[str] = []
        with suppress(NotFound):
            for kind in self._services.queue_platform.registry:
                if is_probe(kind.name):
                    page = outside.ledger.page(JobFilter(type=kind.name), limit=PAGE)
                    found += [job.id for job in page.items if job.created_at < old]
        return found
