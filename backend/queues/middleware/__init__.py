"""What happens around every job: an ordered list of small behaviours, the outermost first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, NamedTuple

from msgspec import Struct

from backend.queues.events import JobEvent
from backend.queues.listening import QueueEvents
from backend.queues.middleware.base import Middleware
from backend.queues.middleware.count_jobs import CountJobs
from backend.queues.middleware.group_causes import GroupCauses
from backend.queues.middleware.log_context import LogContext
from backend.queues.middleware.log_lines import LogLines
from backend.queues.middleware.tell_events import TellEvents
from backend.queues.probes import is_probe
from backend.queues.records import Job
from backend.telemetry.logs import logger

__all__ = ["CountJobs", "GroupCauses", "LogContext", "LogLines", "Middleware", "MiddlewareList", "TellEvents", "standard"]
Hook = Callable[[Any], Any]
_FAILED = "A middleware failed"
log = logger("queues.middleware")


class MiddlewareList:
    """Calls each in order; a hook that fails is logged and costs nobody anything. Hooks that do nothing are not called."""

    def __init__(self, items: Sequence[Middleware]) -> None:
        self._items = tuple(items)
        self._hooks = _HooksByType(_Hooks.of(items), _Hooks.of([item for item in items if item.hears_probes]))
        self._happened = _hooks(items, "happened")

    def __iter__(self) -> Iterator[Middleware]:
        return iter(self._items)

    def submitted(self, job: Job) -> None:
        _tell(self._hooks[job.type].submitted, job, job.id)

    def running(self, job: Job) -> AbstractContextManager[None]:
        return _Around(self._hooks[job.type].running, job)

    def ended(self, job: Job) -> None:
        _tell(self._hooks[job.type].ended, job, job.id)

    def happened(self, event: JobEvent) -> None:
        _tell(self._happened, event, event.job_id)


class _Hooks(NamedTuple):
    """What is called around one job."""

    submitted: tuple[Hook, ...]
    running: tuple[Hook, ...]
    ended: tuple[Hook, ...]

    @classmethod
    def of(cls, items: Sequence[Middleware]) -> "_Hooks":
        return cls(_hooks(items, "submitted"), _hooks(items, "running"), _hooks(reversed(items), "ended"))


class _HooksByType(dict[str, _Hooks]):
    """Those of each job type, looked up once."""

    def __init__(self, of_jobs: _Hooks, of_probes: _Hooks) -> None:
        self._of_jobs = of_jobs
        self._of_probes = of_probes

    def __missing__(self, job_type: str) -> _Hooks:
        self[job_type] = self._of_probes if is_probe(job_type) else self._of_jobs
        return self[job_type]


class _Around(Struct, eq=False):
    """The contexts of one run, one inside of the other. An ExitStack does the same in several times the time."""

    hooks: Sequence[Hook]
    job: Job
    opened: list[AbstractContextManager[object]] = []

    def __enter__(self) -> None:
        job, opened = self.job, self.opened
        for hook in self.hooks:
            try:
                around = hook(job)
                if around is not None:
                    around.__enter__()
                    opened.append(around)
            except Exception:
                log.exception(_FAILED, middleware=_owner(hook), job_id=job.id)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for around in reversed(self.opened):
            try:
                around.__exit__(kind, error, trace)
            except Exception:
                log.exception(_FAILED, middleware=type(around).__name__, job_id=self.job.id)


def standard(told: QueueEvents, *traced: Middleware) -> MiddlewareList:
    """Those of the product; the order matters: the context is bound, and the span begun, before anything is logged."""
    return MiddlewareList([LogContext(), *traced, LogLines(), TellEvents(told)])


def _hooks(items: Iterable[Middleware], name: str) -> tuple[Hook, ...]:
    return tuple(getattr(item, name) for item in items if getattr(type(item), name) is not getattr(Middleware, name))


def _tell(hooks: Iterable[Hook], subject: Any, job_id: str) -> None:
    for hook in hooks:
        try:
            hook(subject)
        except Exception:
            # Bookkeeping must never fail a job.
            log.exception(_FAILED, middleware=_owner(hook), job_id=job_id)


def _owner(hook: Hook) -> str:
    return type(getattr(hook, "__self__", hook)).__name__
