"""Jobs that were lost twice: few of them run in a worker at once. The others wait outside of it, where they hold nobody up."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from backend.adapters.rq.worker.seams import Run, WorkerControl
from backend.errors import Unavailable
from backend.queues.isolation import SUSPECTS_AT_ONCE
from backend.queues.ledger import ticket_for
from backend.queues.platform import QueuePlatform
from backend.queues.ports import Ticket
from backend.queues.records import Job, Lease
from backend.telemetry.logs import logger

FIRST_WAIT = timedelta(seconds=1)
APART = timedelta(seconds=0.5)
"""Whoever finds no place comes again behind all others that wait for one: two look-ups a second, however many there are."""
OTHERS_EVERY = timedelta(seconds=5)
"""What a worker that is gone now has put off comes back also where no scheduler runs."""
log = logger("worker.suspects")


class Suspects:
    """Decides before the claim, so that nothing is written of a job that has to wait: it goes back to the broker for a while.

    As a duty of the pulse it brings into line whose time has come.
    """

    every_s = 0.5

    def __init__(self, platform: QueuePlatform, runs: Callable[[], Sequence[Run]], *, most: int = SUSPECTS_AT_ONCE) -> None:
        """`runs`: what has been claimed here and has not ended."""
        self._broker = platform.outside.broker
        self._clock = platform.outside.clock
        self._stands_apart = platform.runner.stands_apart
        self._runs = runs
        self._most = most
        self._lock = threading.Lock()
        self._on_their_way: dict[str, str] = {}
        self._due: deque[datetime] = deque()
        self._last_due = self._look_at = self._clock.now()

    def let_in(self, claimed: Job) -> bool:
        """Whether the claim may be written; until `written` it counts as a run. Always where the job is no suspect."""
        if not self._stands_apart(claimed):
            return True
        with self._lock:
            inside = self._inside()
            if claimed.lease is None or (claimed.id not in inside and len(inside) >= self._most):
                return False
            self._on_their_way[claimed.id] = claimed.lease.token
            return True

    def written(self, lease: Lease) -> None:
        """What was let in under this lease is among the runs by now, or has not begun."""
        if self._on_their_way:
            with self._lock:
                self._on_their_way = {job_id: token for job_id, token in self._on_their_way.items() if token != lease.token}

    def must_wait(self, job: Job) -> bool:
        """Whether a job that nobody has claimed would not be let in now."""
        if not self._stands_apart(job):
            return False
        with self._lock:
            return len(self._inside()) >= self._most

    def put_off(self, job: Job) -> Ticket:
        """What the broker is to know of a job that was not let in: it comes again, before all others but in the order of its kind."""
        with self._lock:
            self._last_due = max(self._clock.now() + FIRST_WAIT, self._last_due + APART)
            self._due.append(self._last_due)
            return ticket_for(job, front=True)._replace(due_at=self._last_due)

    def __call__(self, worker: WorkerControl) -> None:
        now = self._clock.now()
        if worker.stopping or not (self._is_due(now) or now >= self._look_at):
            return
        self._look_at = now + OTHERS_EVERY
        try:
            self._broker.promote_due(now)
        except Unavailable as error:
            log.debug("What is due waits for the broker", error=str(error))

    def _is_due(self, now: datetime) -> bool:
        with self._lock:
            before = len(self._due)
            while self._due and self._due[0] <= now:
                self._due.popleft()
            return len(self._due) < before

    def _inside(self) -> set[str]:
        return {run.job.id for run in self._runs() if self._stands_apart(run.job)} | self._on_their_way.keys()
