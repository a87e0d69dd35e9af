"""What a running job tells of itself: its progress and its own log lines, written to the ledger."""

import time
from collections.abc import Callable
from typing import Any

from backend.errors import NotFound, Unavailable
from backend.queues.kept_lines import KeptLines, with_lines
from backend.queues.ledger import change
from backend.queues.ports import Ledger
from backend.queues.records import Job
from backend.telemetry.logs import logger

ASK_EVERY_S = 0.5
log = logger("queues.progress")


def never() -> bool:
    """No: for a run that nobody can stop."""
    return False


class LedgerReporter(KeptLines, kw_only=True, eq=False):
    """Writes for one run, then tells the progress. A ledger that is away costs the note, never the job."""

    ledger: Ledger
    job: Job
    token: str
    tell: Callable[[Job, Any], None]
    stopping: Callable[[], bool] = never
    ask_again: float = 0.0
    cancelled_by: str | None = None

    def progress(self, value: Any) -> None:
        try:
            held = self.ledger.report_progress(self.job.id, self.token, value)
        except Unavailable:
            log.warning("Progress could not be written", job_id=self.job.id)
            return
        if held:
            self.tell(self.job, value)

    def cancelled(self) -> str | None:
        """Who cancelled the job, or None; asks the ledger at most twice a second."""
        now = time.monotonic()
        if now < self.ask_again:
            return self.cancelled_by
        self.ask_again = now + ASK_EVERY_S
        try:
            job = self.ledger.get(self.job.id)
        except (Unavailable, NotFound):
            return self.cancelled_by
        self.cancelled_by = job.cancel_by if job.cancel_at is not None else None
        return self.cancelled_by

    def log(self, text: str) -> None:
        """Write it now, and before it whatever the run has logged until here."""
        lines = (*self.take(), text)
        try:
            change(self.ledger, self.job.id, lambda job: self._with_lines(job, lines))
        except Unavailable:
            log.warning("A log line could not be written", job_id=self.job.id)

    def _with_lines(self, job: Job, lines: tuple[str, ...]) -> Job | None:
        return with_lines(job, lines) if job.lease is not None and job.lease.token == self.token else None
