"""Fires recurring jobs when they are due: one job per moment, however many schedulers there are and whatever dies between."""

from datetime import datetime

from backend.clock import to_millis
from backend.errors import GacpError, NotFound, Unavailable
from backend.queues import schedules
from backend.queues.ports import Outside
from backend.queues.schedule_book import ScheduleBook
from backend.queues.schedules import LATE, Entry, job_id_for
from backend.queues.service import QueueService, Submitted
from backend.telemetry.logs import logger

REQUESTED_BY = "scheduler"
log = logger("queues.schedules")


class ScheduleFiring:
    """Submits the jobs of the book. The job is accepted before the book is written: a crash between the two, or a second
    scheduler, submits the same id again, which is a duplicate."""

    def __init__(self, outside: Outside, book: ScheduleBook, queues: QueueService) -> None:
        self._entries = outside.schedules
        self._ledger = outside.ledger
        self._clock = outside.clock
        self._book = book
        self._queues = queues

    def fire_due(self) -> int:
        """Fire what is due; returns how many did. Raises Unavailable while the store is away: then it stays due."""
        return sum(self._fire(entry) for entry in self._entries.due(self._clock.now()))

    def run_now(self, key: str) -> Submitted:
        """Submit its job now, whether or not it is enabled or due; its moments stay as they are. Raises NotFound."""
        return self._submit(self._book.get(key), f"{key}-now-{to_millis(self._clock.now())}")

    def _fire(self, entry: Entry) -> bool:
        due = entry.next_due
        if due is None:
            return False
        now, job_id = self._clock.now(), job_id_for(entry.key, due)
        reason = self._reason_to_skip(entry)
        if not reason:
            try:
                self._submit(entry, job_id)
            except Unavailable:
                raise
            except GacpError as error:
                # A payload or an option that the new version of a job type does not take: the others must fire all the same.
                log.error("A schedule cannot fire", key=entry.key, error=str(error))  # noqa: TRY400 - it explains itself
                reason = str(error)
        self._book.change(entry.key, lambda found: _moved_on(found, entry, job_id, reason, now))
        return not reason

    def _reason_to_skip(self, entry: Entry) -> str:
        if entry.schedule.catch_up == "skip" and entry.next_due and self._clock.now() - entry.next_due > LATE:
            return "missed while no scheduler ran"
        if entry.schedule.overlap == "skip" and entry.last_job_id and self._runs(entry.last_job_id):
            return f"the job before has not ended: {entry.last_job_id}"
        return ""

    def _runs(self, job_id: str) -> bool:
        try:
            return not self._ledger.get(job_id).finished
        except NotFound:
            return False

    def _submit(self, entry: Entry, job_id: str) -> Submitted:
        schedule = entry.schedule
        options = {**schedule.options, "job_id": job_id}
        return self._queues.submit(
            schedule.job_type,
            schedule.payload,
            subject=schedule.subject or entry.key,
            requested_by=REQUESTED_BY,
            **options,
        )


def _moved_on(found: Entry, fired: Entry, job_id: str, reason: str, now: datetime) -> Entry:
    """The entry after its moment, unless another has moved it on or defined it anew meanwhile."""
    if found.next_due != fired.next_due:
        return found
    return schedules.skip(found, reason, now) if reason else schedules.fire(found, job_id, now)
