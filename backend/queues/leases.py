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
from backend.queues.sight import Sight
from backend.telemetry.logs import logger

LEASE = timedelta(seconds=15)
Held = tuple[str, str]
"""Job id and token."""
log = logger("queues.leases")


class LeaseKeeper:
    """Renews what runs in this process; a lease that was taken over is noticed, said once, and let go of.

    Leases are renewed three times in their length. So they outlast a ledger that is away for half of it, and whoever takes leases
    back waits for as long after anything longer: until then those who live have renewed theirs (`Sight`).
    """

    def __init__(self, ledger: Ledger, clock: Clock, *, lease: timedelta = LEASE, sight: Sight | None = None) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lease = lease
        self._renew_every = lease / 3
        self._sight = sight or Sight(clock, gap=lease / 2)
        self._judges = self._away = False
        self._held: dict[Held, None] = {}  # each step on it is one, also without the lock
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

    @property
    def look_every(self) -> timedelta:
        """How often whoever takes leases back has to look, at least, not to lose sight of the others."""
        return self._lease / 6

    def renew_all(self) -> int:
        """Renew every lease held here once, all in one write; returns how many still hold."""
        try:
            still = self._renew()
        except Unavailable as error:
            if not self._away:
                self._away = True
                log.warning("Leases could not be renewed", count=len(self._held), error=str(error))
            return 0
        self._away = False
        return still

    def knows_the_living(self) -> bool:
        """Renew what is held here, and tell whether all who live have had time to do the same: only then is a lease that is over a
        lost one. To be asked every `look_every`; at first, and after a pause, the answer is no for a while. Raises Unavailable.
        """
        self._judges = True
        self._renew()
        return self._sight.is_clear

    def forked(self) -> None:
        """This is a child: the thread is its parent's, and so may the lock be."""
        self._lock, self._thread = threading.Lock(), None

    def held(self) -> list[Held]:
        """(job id, token) of what runs now, the earliest first."""
        return list(self._held)

    def _until(self) -> datetime:
        return self._clock.now() + self._lease

    def _renew(self) -> int:
        held = self.held()
        if not (held or self._judges):
            return 0
        began = self._sight.moment()
        still = self._renewed(held)
        self._sight.wrote(began)
        for lease in held:
            if lease not in still and self._held.pop(lease, lease) is None:
                log.error("A lease was lost: what this run writes will be dropped", job_id=lease[0])
        return len(still)

    def _renewed(self, held: list[Held]) -> set[Held]:
        """Which of them still hold; without any it is only found out whether the ledger takes writes."""
        tokens = dict(held)
        found = self._ledger.renew_many(tokens, self._until())
        still = {(job_id, tokens[job_id]) for job_id in found}
        others = [lease for lease in held if lease not in tokens.items()]  # another run of a job in this process
        return still | self._renewed(others) if others else still

    def _ensure_thread(self) -> None:
        with self._lock:
            if self._thread is None:
                thread = threading.Thread(target=self._loop, name="lease-keeper", daemon=True)
                thread.start()
                self._thread = thread

    def _loop(self) -> None:
        every_s = wait_s = self._renew_every.total_seconds()
        while True:
            time.sleep(wait_s)
            began = time.monotonic()
            try:
                self.renew_all()
            except Exception:
                # The thread must outlive every accident: without it each running job would be taken for lost.
                log.exception("Renewing leases failed")
            # From its beginning, as from then on the leases hold, however long the write has waited for its turn.
            wait_s = every_s / 5 if self._away else max(0.0, began + every_s - time.monotonic())


_everybodys: WeakSet[LeaseKeeper] = WeakSet()


def _forked() -> None:
    for keeper in list(_everybodys):
        keeper.forked()


os.register_at_fork(after_in_child=_forked)
