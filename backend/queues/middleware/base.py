"""The base of every middleware: hooks that do nothing, so that a behaviour overrides only what it needs."""

from contextlib import AbstractContextManager
from typing import ClassVar

from backend.queues.events import JobEvent
from backend.queues.records import Job


class Middleware:
    """One behaviour around every job, inline or in a worker. A hook that raises fails nothing: the runner logs it."""

    hears_probes: ClassVar[bool] = False
    """Whether the probes of `gacp doctor` count here as well; they must make no number, alert or dead letter."""

    def submitted(self, job: Job) -> None:
        """The job is in the ledger."""

    def running(self, job: Job) -> AbstractContextManager[object] | None:
        """A run begins. A context that is returned lies around the handler; what it binds still holds where `ended` is told."""

    def ended(self, job: Job) -> None:
        """The attempt is written: `job.state` is completed, failed (for good), or waiting or delayed (to be tried again)."""

    def happened(self, event: JobEvent) -> None:
        """Something else is written: progress, a pause, a removal, …"""
