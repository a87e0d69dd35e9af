"""What happens around every job: an ordered list of small behaviours, the outermost first."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from backend.queues.events import JobEvent
from backend.queues.listening import QueueEvents
from backend.queues.middleware.base import Middleware
from backend.queues.middleware.counters import Counters
from backend.queues.middleware.log_context import LogContext
from backend.queues.middleware.log_lines import LogLines
from backend.queues.middleware.tell_events import TellEvents
from backend.queues.records import Job
from backend.telemetry.logs import logger

__all__ = ["Counters", "LogContext", "LogLines", "Middleware", "MiddlewareList", "TellEvents", "standard"]
log = logger("queues.middleware")


class MiddlewareList:
    """Calls each in order; a hook that fails is logged and costs nobody anything."""

    def __init__(self, items: Sequence[Middleware]) -> None:
        self._items = tuple(items)

    def __iter__(self) -> Iterator[Middleware]:
        return iter(self._items)

    def submitted(self, job: Job) -> None:
        for item in self._items:
            _guarded(item, item.submitted, job, job.id)

    @contextmanager
    def running(self, job: Job) -> Iterator[None]:
        with ExitStack() as stack:
            for item in self._items:
                around = _guarded(item, item.running, job, job.id)
                if around is not None:
                    stack.enter_context(around)
            yield

    def ended(self, job: Job) -> None:
        for item in reversed(self._items):
            _guarded(item, item.ended, job, job.id)

    def happened(self, event: JobEvent) -> None:
        for item in self._items:
            _guarded(item, item.happened, event, event.job_id)


def standard(told: QueueEvents) -> MiddlewareList:
    """Those of the product; the order matters: the context is bound before anything is logged."""
    return MiddlewareList([LogContext(), LogLines(), Counters(), TellEvents(told)])


def _guarded(item: Middleware, hook: Callable[[Any], Any], subject: object, job_id: str) -> Any:
    try:
        return hook(subject)
    except Exception:
        # Bookkeeping must never fail a job.
        log.exception("A middleware failed", middleware=type(item).__name__, job_id=job_id)
        return None
