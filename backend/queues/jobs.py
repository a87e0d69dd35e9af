"""Declares job types: `@job` turns one function of an edge into something that can be submitted and run."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import Any, Protocol, cast

from msgspec import Struct
from pydantic import BaseModel

from backend.errors import Misconfigured
from backend.queues.errors import JobCancelled
from backend.queues.insight import Generation
from backend.queues.names import require_queue
from backend.queues.options import check_option_names
from backend.queues.payloads import read_payload
from backend.queues.records import Attempt, Job, JobState

__all__ = ["Attempt", "Handler", "Job", "JobContext", "JobState", "JobType", "OnDeadHandler", "PlannedEffects", "Reporter", "job"]

Handler = Callable[[Any, Any, "JobContext"], Mapping[str, Any] | None]
"""`(payload, services, context)`; returns plain JSON or None, and must be safe to run twice."""

AsyncHandler = Callable[[Any, Any, "JobContext"], Coroutine[Any, Any, Mapping[str, Any] | None]]

OnDeadHandler = Callable[[Any, Any, "JobContext", BaseException], None]
"""`(payload, services, context, error)`; called once the job has failed for good, again where it fails itself."""

PlannedEffects = Callable[[Any, Any], Mapping[str, str]]
"""`(payload, services)`; the effects on the outside that a run would have now, `{key: kind}`, whether or not they are done."""


class Reporter(Protocol):
    """Where a running job writes what it has to tell."""

    def progress(self, value: Any) -> None:
        """Set the progress: a number from 0 to 100, or a JSON object."""

    def log(self, text: str) -> None:
        """Add one line to the job's own log."""

    def keep(self, text: str) -> None:
        """Add one line to the job's own log by the end of the run: it costs no write of its own."""

    def cancelled(self) -> str | None:
        """Who cancelled the job ('' for nobody in particular), or None where nobody did."""

    def stopping(self) -> bool:
        """Whether the process that runs the job has been told to stop."""


class _Silent:
    """Tells nobody."""

    def progress(self, value: Any) -> None:
        del value

    def log(self, text: str) -> None:
        del text

    def keep(self, text: str) -> None:
        del text

    def cancelled(self) -> str | None:
        return None

    def stopping(self) -> bool:
        return False


_SILENT = _Silent()


class JobContext(Struct, frozen=True):
    """What a job may know of its own run. `attempt` starts at 1; `attempts` is how many there are at most."""

    job_id: str
    attempt: int
    attempts: int
    queue: str
    request_id: str = ""
    subject: str = ""
    requested_by: str = ""
    reporter: Reporter = _SILENT

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JobContext) and _facts(self) == _facts(other)

    def __hash__(self) -> int:
        return hash(_facts(self))

    @property
    def last_attempt(self) -> bool:
        return self.attempt >= self.attempts

    def progress(self, value: Any) -> None:
        """Set the progress: a number from 0 to 100, or a JSON object. A check point, as `stop_if_cancelled` is."""
        self.reporter.progress(value)
        self.stop_if_cancelled()

    def log(self, text: str) -> None:
        """Add one line to the job's own log. A check point, as `stop_if_cancelled` is."""
        self.reporter.log(text)
        self.stop_if_cancelled()

    def cancelled(self) -> bool:
        """Whether somebody asked this run to stop: a long job looks now and then, tidies up, and calls `stop_if_cancelled`."""
        return self.reporter.cancelled() is not None

    def stopping(self) -> bool:
        """Whether this worker has been told to stop: it waits for the job for some seconds more, then puts it back in line.

        A long job that sees True saves what it has and ends, so that its next run goes on from there. Costs nothing to ask.
        """
        return self.reporter.stopping()

    def stop_if_cancelled(self) -> None:
        """Raise JobCancelled where somebody asked this run to stop. It is no Exception: let it pass."""
        by = self.reporter.cancelled()
        if by is not None:
            raise JobCancelled(by)


@dataclass(frozen=True)
class JobType:
    """One kind of job: its name is the function's, its options lie over those of its queue."""

    name: str
    queue: str
    payload: type[BaseModel]
    handler: Handler
    options: Mapping[str, Any]
    on_dead: OnDeadHandler | None = None
    purpose: str = ""
    effects: PlannedEffects | None = None
    isolated: bool = False
    """Each run has a process of its own, which may crash, hang in C or leak."""
    memory_mib: int = 0
    """An isolated run that takes more (the interpreter and what is built for it, 60 MiB, count) is ended; 0 means no limit."""
    generation: Generation | None = None
    """What insight tells of such jobs: none where they are no generations of an app."""

    def read(self, payload: BaseModel | Mapping[str, Any]) -> BaseModel:
        """The payload, checked. Raises InvalidInput naming each wrong field and its cure."""
        return read_payload(self.payload, payload)

    def body(self, payload: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
        """The payload, checked, as the ledger keeps it. Raises InvalidInput as `read` does."""
        body: dict[str, Any] = self.payload.__pydantic_serializer__.to_python(self.read(payload), mode="json")
        return body  # `model_dump` takes twice as long

    def __call__(self, payload: Any, services: Any, context: JobContext) -> Mapping[str, Any] | None:
        """Run the handler directly, as its tests do."""
        return self.handler(payload, services, context)


def job(
    *,
    queue: str,
    payload: type[BaseModel],
    timeout_ms: int | None = None,
    on_dead: OnDeadHandler | None = None,
    effects: PlannedEffects | None = None,
    isolated: bool = False,
    memory_mib: int = 0,
    generation: Generation | None = None,
    **options: Any,
) -> Callable[[Handler | AsyncHandler], JobType]:
    """Declare a job type; `options` are those of `OptionFields`, such as `attempts=` and `backoff=`.

    An `async def` runs to its end in an event loop of its own.

    `isolated`: every run has a process of its own, which may crash, hang or leak; in place of `services` it gets some that are built
    there. Such a process costs about a second and 60 MiB. With `memory_mib` it is ended where it takes more.

    `generation` makes its jobs count as generations of an app, in insight.

    `effects` tells beforehand what a run would do to the outside, for whoever thinks of running a job again.

    A misspelt option, an unknown queue or a payload that can be changed is refused here, that is, when the module is imported.
    """
    if timeout_ms is not None:
        options["timeout"] = timeout_ms
    require_queue(queue)
    check_option_names(options)
    if memory_mib and not isolated:
        raise Misconfigured("memory_mib: only a job with isolated=True has memory of its own that can be limited")
    if not payload.model_config.get("frozen") or payload.model_config.get("extra") != "forbid":
        raise Misconfigured(f'{payload.__name__}: declare it with model_config = ConfigDict(frozen=True, extra="forbid")')

    def declare(handler: Handler | AsyncHandler) -> JobType:
        purpose = (handler.__doc__ or "").strip().partition("\n")[0]
        name = getattr(handler, "__name__", "")
        run = _in_a_loop(handler) if iscoroutinefunction(handler) else cast("Handler", handler)
        return JobType(name, queue, payload, run, options, on_dead, purpose, effects, isolated, memory_mib, generation)

    return declare


def _in_a_loop(handler: AsyncHandler) -> Handler:
    def run(payload: Any, services: Any, context: JobContext) -> Mapping[str, Any] | None:
        return asyncio.run(handler(payload, services, context))

    return run


_facts = attrgetter(*(name for name in JobContext.__struct_fields__ if name != "reporter"))


def context_of(record: Job, reporter: Reporter | None = None) -> JobContext:
    """The context of the run that the job is in, or of its last one."""
    return JobContext(
        job_id=record.id,
        attempt=record.attempts[-1].number if record.attempts else 1,
        attempts=record.options.attempts,
        queue=record.queue,
        request_id=record.request_id,
        subject=record.subject,
        requested_by=record.requested_by,
        reporter=reporter or _SILENT,
    )
