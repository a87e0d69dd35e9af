"""Keeps the leases of running jobs alive from a thread that no job can block."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from weakref import WeakSet

from backend.chance import digits
from backend.clock import Clock
from backend.errors import Unavailable
from backend.queues.ports import Ledger
from backend.queues.records import Lease
from backend.telemetry.logs import logger

LEASE = timedelta(seconds=15)
log = logger("queues.leases")


class LeaseKeeper:
    """Renews what runs in this process; a lease that was taken over is noticed and said."""

    def __init__(self, ledger: Ledger, clock: Clock, *, lease: timedelta = LEASE) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lease = lease
        self._renew_every = lease / 3
        self._held: dict[tuple[str, str], None] = {}  # each step on it is one, also without the lock
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        _everybodys.add(self)

    def new_lease(self, worker: str) -> Lease:
        """A fresh token, valid from now."""
        return Lease(token=digits(), worker=worker, until=self._until())

    @contextmanager
    def holding(self, job_id: str, token: str) -> Iterator[None]:
        """Renew the lease for the length of a `with` block."""
        self.hold(job_id, token)
        try:
            yield
        finally:
            self.drop(job_id, token)

    def hold(self, job_id: str, token: str) -> None:
        """Renew the lease from now on."""
        self._held[job_id, token] = None
        if self._thread is None:
            self._ensure_thread()

    def drop(self, job_id: str, token: str) -> None:
        """Renew it no more."""
        self._held.pop((job_id, token), None)

    def renew_all(self) -> int:
        """Renew every lease held here once, all in one write; returns how many still hold."""
        held = self.held()
        if not held:
            return 0
        try:
            still = self._ledger.renew_many(dict(held), self._until())
        except Unavailable as error:
            log.warning("Leases could not be renewed", count=len(held), error=str(error))
            return 0
        for job_id, token in held:
            if job_id not in still and (job_id, token) in self._held:
                log.error("A lease was lost: what this run writes will be dropped", job_id=job_id)
        return len(still)

    def forked(self) -> None:
        """This is a child: the thread is its parent's, and so may the lock be."""
        self._lock, self._thread = threading.Lock(), None

    def held(self) -> list[tuple[str, str]]:
        """(job id, token) of what runs now, the earliest first."""
        return list(self._held)

    def _until(self) -> datetime:
        return self._clock.now() + self._lease

    def _ensure_thread(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._loop, name="lease-keeper", daemon=True)
                thread.start()
                self._thread = thread

    def _loop(self) -> None:
        while True:
            time.sleep(self._renew_every.total_seconds())
            try:
                self.renew_all()
            except Exception:
                # The thread must outlive every accident: without it each running job would be taken for lost.
                log.exception("Renewing leases failed")


_everybodys: WeakSet[LeaseKeeper] = WeakSet()


def _forked() -> None:
    for keeper in list(_everybodys):
        keeper.forked()


os.register_at_fork(after_in_child=_forked)
