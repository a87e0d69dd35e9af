"""What a line of the log costs a process: `python -m benchmarks.logs` (processor time, lines as in production, to nowhere)."""

import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend import context
from backend.queues import transitions
from backend.queues.ids import JobIds
from backend.queues.kept_lines import KeptLines, with_lines
from backend.queues.middleware import LogContext, LogLines
from backend.queues.options import JobOptions
from backend.queues.records import Job, Lease
from backend.telemetry import logs
from backend.telemetry.lines import hearing
from benchmarks.table import Row, show

TOGETHER = 200
TIMES = 20
US = 1e-6
NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
SECRETS = ("a secret of the settings", "another one of them")
"""Made up, so that lines are looked through for them as in production."""
log = logs.logger("letters")
make_ids = JobIds()
Run = tuple[Job, Job]
"""A job as it is claimed, and as it has ended."""


def new_runs() -> Iterator[Run]:
    """Of jobs with ids that no line has had yet."""
    options = JobOptions(priority=5, attempts=3)
    while True:
        request_id = context.new_request_id()
        job = Job(make_ids.new(NOW), "letter", "email", {}, options, NOW, NOW, subject="app-1", requested_by="u-1", request_id=request_id)
        claimed = transitions.claim(job, Lease("t", "host-4711-a1b2c3", NOW + timedelta(seconds=15)), NOW)
        assert claimed is not None
        yield claimed, transitions.complete(claimed, "t", None, NOW + timedelta(milliseconds=5))


def accepted(run: Run) -> None:
    LogLines().submitted(run[0])


def started_and_completed(run: Run) -> None:
    claimed, ended = run
    with LogContext().running(claimed):
        LogLines().running(claimed)
        LogLines().ended(ended)


def said(_run: Run) -> None:
    log.info("A letter was dealt with", kind="submitted", outcome="sent", took_ms=12)


def said_and_kept(run: Run) -> None:
    kept = KeptLines()
    before = hearing.set(kept.hear)
    said(run)
    hearing.reset(before)
    with_lines(run[1], kept.take())


def measure(name: str, call: Callable[[Run], None], runs: Iterator[Run], *, lines: int = 1, limit: float | None = None) -> Row:
    """Seconds of processor time for one line; each figure is of some hundred calls together."""
    seconds = []
    for _ in range(TIMES):
        given = list(itertools.islice(runs, TOGETHER))
        began = time.process_time()
        for run in given:
            call(run)
        seconds.append((time.process_time() - began) / TOGETHER / lines)
    return Row(name, seconds, limit, "median")


def main() -> int:
    """Print the table; 1 where a limit was not kept."""
    logs.configure(json=True, secrets=SECRETS)
    new = new_runs()
    known = itertools.repeat(next(new))
    with Path(os.devnull).open("w", buffering=1, encoding="utf-8") as nowhere, redirect_stderr(nowhere):
        rows = [
            measure("a handler's line with three fields", said, known),
            measure("the same, kept with its job", said_and_kept, known),
            measure("a job is accepted, known ids", accepted, known),
            measure("a job is accepted, new ids", accepted, new),
            measure("a job starts and ends, known ids, each line", started_and_completed, known, lines=2, limit=15 * US),
            measure("a job starts and ends, new ids, each line", started_and_completed, new, lines=2, limit=20 * US),
        ]
    return 0 if show("A line of the log", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
