"""What a running job tells of itself: its progress and its own log lines, written to the ledger."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from backend.errors import Unavailable
from backend.queues.ledger import change
from backend.queues.ports import Ledger
from backend.queues.records import Job
from backend.telemetry.logs import logger

MAX_LINES = 200
MAX_LINE_LENGTH = 500
log = logger("queues.progress")


class LedgerReporter:
    """Writes for one run, then tells the progress. A ledger that is away costs the note, never the job."""

    def __init__(self, ledger: Ledger, job_id: str, token: str, *, tell: Callable[[Any], None]) -> None:
        self._ledger = ledger
        self._job_id = job_id
        self._token = token
        self._tell = tell

    def progress(self, value: Any) -> None:
        try:
            held = self._ledger.report_progress(self._job_id, self._token, value)
        except Unavailable:
            log.warning("Progress could not be written", job_id=self._job_id)
            return
        if held:
            self._tell(value)

    def log(self, text: str) -> None:
        line = text[:MAX_LINE_LENGTH]
        try:
            change(self._ledger, self._job_id, lambda job: self._with_line(job, line))
        except Unavailable:
            log.warning("A log line could not be written", job_id=self._job_id)

    def _with_line(self, job: Job, line: str) -> Job | None:
        if job.lease is None or job.lease.token != self._token:
            return None
        return replace(job, log=(*job.log, line)[-MAX_LINES:])
