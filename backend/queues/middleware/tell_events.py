"""Turns what happens around every job into events, once it is written."""

from backend.queues import events
from backend.queues.events import JobEvent
from backend.queues.listening import QueueEvents
from backend.queues.middleware.base import Middleware
from backend.queues.records import Job, JobState
from backend.queues.transitions import fell_due_with_its_run


class TellEvents(Middleware):
    """Publishes to the listeners of this process, and through them to all others."""

    hears_probes = True

    def __init__(self, told: QueueEvents) -> None:
        self._told = told

    def submitted(self, job: Job) -> None:
        # A delayed job is told of when it falls due.
        if job.state is JobState.WAITING and self._told.heard:
            self._told.publish(events.waiting(job))

    def running(self, job: Job) -> None:
        if not self._told.heard:
            return
        if fell_due_with_its_run(job):
            self._told.publish(events.waiting(job))
        self._told.publish(events.active(job))

    def ended(self, job: Job) -> None:
        event = events.ended(job) if self._told.heard else None
        if event is not None:
            self._told.publish(event)

    def happened(self, event: JobEvent) -> None:
        self._told.publish(event)
