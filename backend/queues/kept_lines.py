"""The lines that a run writes to the log, kept with its job: collected in memory and written with the end of the run."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from backend.queues.records import Job
from backend.telemetry.logs import mask

MAX_LINES = 200
MAX_LINE_LENGTH = 500
_LEVELS = {"info": "INFO", "warning": "WARNING", "error": "ERROR", "critical": "ERROR"}
_IN_PLACE = ("time", "level", "event", "message", "component", "exception", "stack", "_record", "_from_structlog")
_OF_THE_JOB = ("requestId", "jobId", "jobType", "queue", "attempt", "mode", "userId", "applicationId", "traceId", "spanId")
_LEFT_OUT = frozenset((*_IN_PLACE, *_OF_THE_JOB))
"""What has a place of its own in the text, or is the same for every line of the job."""


class KeptLines(Struct, eq=False):
    """Those of one run that the ledger does not have yet; the oldest make room. For one thread at a time."""

    lines: list[str] = []

    def hear(self, line: Mapping[str, Any]) -> None:
        """A line in its final form; those for debugging are nobody's but the log's."""
        text = as_text(line)
        if text:
            self.keep(text)

    def keep(self, text: str) -> None:
        """It is written with the end of the run, or with what is told next."""
        self.lines.append(text)
        if len(self.lines) > MAX_LINES:
            del self.lines[0]

    def take(self) -> tuple[str, ...]:
        """All of them; they are somebody else's to write now."""
        taken, self.lines = tuple(self.lines), []
        return taken

    def written_by(self, transition: Callable[[Job], Job]) -> Callable[[Job], Job]:
        """The transition that writes them, too."""
        if not self.lines:
            return transition
        lines = self.take()
        return lambda found: with_lines(transition(found), lines)


def as_text(line: Mapping[str, Any]) -> str:
    """A line of the log as a job shows it: `2026-11-30T02:14:43.120Z INFO Gemini answered latencyMs=812`; empty for one to debug with."""
    level = _LEVELS.get(line["level"])
    if level is None:
        return ""
    fields = [f"{name}={value}" for name, value in line.items() if name not in _LEFT_OUT and value not in ("", None)]
    trace = str(line["exception"]).strip().splitlines()[-1:] if "exception" in line else ()
    return " ".join([f"{line['time'][:23]}Z", level, str(line["message"]), *fields, *trace])


def with_line(job: Job, text: str) -> Job:
    """The job with one more line in its log."""
    return with_lines(job, (text,))


def with_lines(job: Job, texts: Iterable[str]) -> Job:
    """The job with more lines in its log, without secrets; the oldest make room, and a line is cut where it is too long."""
    more = [str(mask(text))[:MAX_LINE_LENGTH] for text in texts]
    return replace(job, log=(*job.log, *more)[-MAX_LINES:])
