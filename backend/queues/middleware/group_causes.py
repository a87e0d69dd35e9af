"""Groups the jobs that give up by their cause, and writes the groups down now and then, not the jobs one by one."""

import threading

from backend.errors import GacpError, Unavailable
from backend.queues.cause_book import CauseBook
from backend.queues.causes import Sighting, cause_of, sighting
from backend.queues.middleware.base import Middleware
from backend.queues.numbers.recorder import Later, in_a_thread, while_it_lives
from backend.queues.records import Job
from backend.telemetry.logs import logger

EVERY_S = 2.0
"""So long a failure of this process waits to be in the book; it is in the ledger at once."""
AT_ONCE = 100
MOST = 1_000
"""In a storm of failures that all differ, so many causes are held; the rest is found again by `CauseBook.regroup`."""
log = logger("queues.causes")


class GroupCauses(Middleware):
    """One write for each cause and stretch of time, at most `AT_ONCE` of them, and none while nothing gives up."""

    def __init__(self, book: CauseBook, *, later: Later = in_a_thread) -> None:
        self.book = book
        self._later = later
        self._lock = threading.Lock()
        self._pending: dict[str, Sighting] = {}
        self._is_due = False

    def ended(self, job: Job) -> None:
        cause = cause_of(job)
        if cause is None:
            return
        one = sighting(job, cause)
        with self._lock:
            known = self._pending.get(cause.id)
            if known is None and len(self._pending) >= MOST:
                return
            self._pending[cause.id] = one if known is None else known.plus(one)
            is_first, self._is_due = not self._is_due, True
        if is_first:
            self._later(EVERY_S, while_it_lives(self._flush))

    def flush(self) -> None:
        """Write down all that was seen. May raise Unavailable: it is written the next time then."""
        while self._write():
            pass

    def _write(self) -> bool:
        """Write a part, the largest groups first; whether there is more."""
        with self._lock:
            part = sorted(self._pending.values(), key=lambda each: each.count, reverse=True)[:AT_ONCE]
            for each in part:
                del self._pending[each.cause.id]
        for index, each in enumerate(part):
            try:
                self.book.note([each])
            except GacpError:
                self._take_back(part[index:])
                raise
            except Exception:
                # What no store can keep must not keep the rest from it; the jobs stay in the ledger.
                log.exception("A cause of failures could not be written, and is left out", cause=each.cause.id)
        with self._lock:
            return bool(self._pending)

    def _take_back(self, part: list[Sighting]) -> None:
        with self._lock:
            for each in part:
                newer = self._pending.get(each.cause.id)
                self._pending[each.cause.id] = each if newer is None else each.plus(newer)

    def _flush(self) -> None:
        try:
            more = self._write()
        except Unavailable:
            more = True  # that the store is away is said by those who have to wait for it
        except Exception:
            # Nobody waits for this thread, who would hear of it otherwise.
            log.exception("Causes of failures could not be written")
            more = False
        with self._lock:
            self._is_due = more
        if more:
            self._later(EVERY_S, while_it_lives(self._flush))
