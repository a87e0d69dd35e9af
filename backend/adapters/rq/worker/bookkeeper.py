"""The worker's side of the ledger: writes what begins and what has ended, many jobs in one write, while turns go on."""

import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

from backend.adapters.rq.worker.crew import Crew
from backend.adapters.rq.worker.outage import Outage
from backend.adapters.rq.worker.seams import FROM_THE_LEDGER, Run, Tally
from backend.adapters.rq.worker.slots import Slots
from backend.adapters.rq.worker.suspects import Suspects
from backend.adapters.rq.worker.writing import End, Entry, Writing, given_back
from backend.errors import Unavailable
from backend.queues.platform import QueuePlatform
from backend.queues.ports import Delivery, Settlement
from backend.queues.records import Job, JobState
from backend.queues.settling import settlement, unknown
from backend.telemetry.logs import logger

AWAY_WAIT_S = 0.5
SLOW_WRITE_S = 0.0005
"""A write that takes longer does so on its way to the disk: it is worth a turn's wait that one write does for two."""
LONG_RUN_S = 0.02
FEW = 6
"""So many ends are written together at most where runs take long: of fifty that end at once the first place is taken again before the last
end is written, and from then on they end one after the other."""
STEP = 1.1  # of the estimate of what a write takes
ACCIDENT = "The bookkeeper met with an accident: the worker is replaced"
Task = Run | Job
"""What the crew does: a run, or the report of a job that has failed for good."""
Mail = Sequence[Delivery] | Writing | End
"""What is to be written: claims, an end, or what is left of a batch that somebody else wrote."""
log = logger("worker.bookkeeper")


@dataclass(slots=True)
class _Post:
    """What has arrived: deliveries to claim, runs to end, and what is left of batches that others wrote."""

    claims: list[Delivery] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    written: list[Writing] = field(default_factory=list)


class Bookkeeper:
    """Everybody hands it something and goes on; one thread of the crew at a time writes it. Each delivery that it was given is settled
    exactly once.
    """

    def __init__(
        self,
        platform: QueuePlatform,
        crew: Crew[Any],
        slots: Slots,
        *,
        worker: str,
        stopping: Callable[[], bool],
        broken: Callable[[], object] = list,
    ) -> None:
        """`broken` is called when it has met with an accident and does not know any more what it holds."""
        self._platform = platform
        self._clock = platform.outside.clock
        self._runner = platform.runner
        self._keeper = platform.keeper
        self._crew = crew
        self._slots = slots
        self._worker = worker
        self._stopping = stopping
        self._broken = broken
        self._settled: Callable[[list[Settlement]], object] = list
        self._freed: Callable[[], object] = list
        self._desk = threading.Lock()
        self._mail: deque[Mail] = deque()
        self._kept: list[End] = []
        self._fresh: list[Task] = []
        self._runs: dict[Run, None] = {}
        self._usual_write_s = SLOW_WRITE_S
        self._last_run_s = 0.0
        self._ended = dict.fromkeys((JobState.COMPLETED, JobState.FAILED, JobState.WAITING), 0)
        self.suspects = Suspects(platform, self.runs)
        self.outage = Outage("the ledger")

    def tell(self, *, settled: Callable[[list[Settlement]], object], freed: Callable[[], object]) -> None:
        """Call these from now on: with what is to be settled, and when places are free."""
        self._settled, self._freed = settled, freed

    def took(self, deliveries: Sequence[Delivery], *, call: bool = True) -> None:
        """These were taken for this worker: claim them and let them run. `call` is False for a thread that comes to `attend` itself."""
        self._mail.append(deliveries)
        if call:
            self._crew.call()

    def begin(self, deliveries: Sequence[Delivery]) -> Run | None:
        """The same as `took` in the thread of the caller, who has time to wait for the ledger. He is to do the run that he gets."""
        if self.outage.error:
            self.took(deliveries)
            return None
        writing = self._new_writing()
        try:
            writing.write(deliveries, ())
            fresh = self._begun(writing)
        except Exception:
            log.exception(ACCIDENT)
            self._broken()
            return None
        if writing.done or writing.put_off or writing.error:
            writing.begun = []
            self._mail.append(writing)
            self._crew.call()
        if fresh[1:]:
            self._crew.give(fresh[1:])
        return fresh[0] if fresh else None

    def ended(self, end: End) -> None:
        """A run came to its end: write it. Of several ends of one run the first counts."""
        self.note(end)
        self._crew.call()

    def note(self, end: End) -> None:
        """The same, by a thread of the crew: it comes to `attend` when it has nothing else to do."""
        self._mail.append(end)

    def attend(self) -> bool:
        """Write what there is to write, in this thread of the crew; where another one does so, that one looks again before it leaves.
        Whether the caller has a job now.

        It goes on as long as more comes meanwhile; while the ledger is away, until it is back.
        """
        while self._has_mail() and self._desk.acquire(blocking=False):
            settlements: list[Settlement] = []
            try:
                self._round(self._collect(), settlements)
            except BaseException:
                # It goes on, to give back what it still knows of; for the rest the process has to go, and with it the leases.
                log.exception(ACCIDENT)
                self._broken()
            finally:
                fresh, self._fresh = self._fresh, []
                self._desk.release()
            has_more = self._has_mail()
            if fresh:
                # Before their deliveries are settled: a worker that stops ends once all is settled and nobody has anything to do.
                self._crew.give(fresh, is_mine=not has_more, long=self._runs_long)  # where this thread has more to write others begin them
            if settlements:
                self._settled(settlements)
                if has_more:
                    self._freed()  # this thread stays here, for as long as the ledger takes
            if fresh and not has_more:
                return True
        return False

    @property
    def writes_slowly(self) -> bool:
        """Whether ends had better wait for the jobs that are taken for their places, so that one write does for both."""
        return self._usual_write_s > SLOW_WRITE_S

    @property
    def _runs_long(self) -> bool:
        """Whether one run takes longer than to write the ends of all places one by one: then the ledger has time for small writes."""
        return self._last_run_s > max(LONG_RUN_S, self._slots.size * self._usual_write_s)

    @property
    def needs_a_hand(self) -> bool:
        """Whether there is something to write, and nobody at it."""
        return self._has_mail() and not self._desk.locked()

    def _has_mail(self) -> bool:
        return bool(self._mail or self.outage.error)

    def is_away(self, error: Unavailable) -> None:
        """Somebody has found the ledger away: nothing is taken until it is back, which is looked for from now on."""
        self.outage.began(error)
        self._crew.call()

    def give_back_all(self) -> None:
        """Put all that runs back into the line; what their threads make of it is dropped."""
        for run in self.runs():
            run.abandoned = True
            self.ended(given_back(run, self._clock))

    def runs(self) -> list[Run]:
        """What was claimed and has not come to its end."""
        return list(self._runs)

    @property
    def backlog(self) -> int:
        """About how many ends are not written yet."""
        return len(self._mail) + len(self._kept)

    @property
    def tally(self) -> Tally:
        return Tally(*self._ended.values())

    def _collect(self) -> _Post:
        """Everything that is there; where the ledger is away, after a look whether it is back."""
        if self.outage.error:
            time.sleep(AWAY_WAIT_S)
            self._look_again()
        post = _Post(ends=self._kept)
        self._kept = []
        few = self.writes_slowly and self._runs_long and not self.outage.error
        most = FEW if few else sys.maxsize
        while ends := self._sort(post, most):
            post.ends += ends
            self._last_run_s = time.monotonic() - ends[-1].run.since
            self._free([end.run for end in ends])  # and look again: something may have been taken for the places that are free
            if few:
                most = 0  # what has ended meanwhile is in the next write
        return post

    def _sort(self, post: _Post, most: int) -> list[End]:
        """Put what has arrived where it belongs; the ends of runs that had none before, at most so many."""
        ends: list[End] = []
        left: list[End] = []
        for _ in range(len(self._mail)):
            item = self._mail.popleft()
            if isinstance(item, End):
                if len(ends) == most:
                    left.append(item)
                elif self._runs.pop(item.run, item) is None:
                    ends.append(item)
            elif isinstance(item, Writing):
                post.written.append(item)
            else:
                post.claims.extend(item)
        self._mail.extendleft(reversed(left))
        return ends

    def _look_again(self) -> None:
        try:
            self._platform.outside.ledger.renew_many({}, self._clock.now())  # it may be read and take no writes
            self.outage.ended()
        except Unavailable as error:
            self.outage.began(error)

    def _free(self, runs: Sequence[Run]) -> None:
        for queue, count in Counter([run.delivery.queue for run in runs]).items():
            self._slots.free(queue, count)
        stuck = [run for run in runs if run.abandoned]
        self._crew.done(len(runs) - len(stuck))
        for _ in stuck:
            self._crew.stuck()
        self._freed()

    def _round(self, post: _Post, settlements: list[Settlement]) -> None:
        claims = self._welcome(post.claims, settlements)
        if self.outage.error:
            self._kept, post.ends = post.ends, []  # their leases are renewed until the ledger is back
        for end in post.ends:
            self._keeper.drop(end.run.job.id, end.run.token)
        writing = self._new_writing()
        writing.write(claims, post.ends)
        if writing.took_s:
            # Goes to the median, which a thread that had to wait for a processor does not move.
            self._usual_write_s *= STEP if writing.took_s > self._usual_write_s else 1 / STEP
        for written in (*post.written, writing):
            self._fresh += self._begun(written)
            self._put_off(written.put_off, settlements)
            for entry in written.done:
                self._enter(entry, settlements)
        for written in (*post.written, writing):
            if written.error is not None:
                self._sit_out(written, written.error, settlements)

    def _welcome(self, claims: list[Delivery], settlements: list[Settlement]) -> list[Delivery]:
        """The deliveries that may begin: none while the ledger is away, or once the worker stops."""
        if not claims or not (self.outage.error or self._stopping()):
            return claims
        self._turn_away(claims, settlements)
        return []

    def _turn_away(self, claims: Sequence[Delivery], settlements: list[Settlement]) -> None:
        for delivery in claims:
            self._slots.give_back(delivery.queue)
            settlements.append(Settlement(delivery, "returned"))

    def _put_off(self, claims: Sequence[tuple[Delivery, Job]], settlements: list[Settlement]) -> None:
        for delivery, job in claims:
            self._slots.give_back(delivery.queue)
            if delivery.run == FROM_THE_LEDGER:  # it waits in the ledger, and has no turn among those that the broker keeps
                settlements.append(Settlement(delivery, "returned"))
            else:
                settlements.append(Settlement(delivery, "resubmitted", ticket=self.suspects.put_off(job)))

    def _sit_out(self, writing: Writing, error: Unavailable, settlements: list[Settlement]) -> None:
        self._turn_away(writing.refused, settlements)
        for end in writing.left:
            # The work is done, and nobody else is to begin it again meanwhile.
            self._keeper.hold(end.run.job.id, end.run.token)
        for end in writing.doubtful:
            self._slots.free(end.run.delivery.queue)
        self._kept += writing.left + writing.doubtful
        self.outage.began(error)

    def _enter(self, entry: Entry, settlements: list[Settlement]) -> None:
        cause, job = entry.cause, entry.job
        if isinstance(cause, End):
            delivery, context = cause.run.delivery, cause.context
        else:
            delivery, context = cause, None
            self._slots.free(delivery.queue)
        if job is None:
            log.warning("A delivery names a job that the ledger does not have", job_id=delivery.job_id)
            settlements.append(unknown(delivery))
            return
        if entry.ours:
            self._tell(job, context, has_run=isinstance(cause, End))
        settlements.append(settlement(delivery, job))

    def _new_writing(self) -> Writing:
        return Writing(self._platform, self._keeper.new_lease(self._worker), let_in=self.suspects.let_in)

    def _begun(self, writing: Writing) -> list[Run]:
        """The runs that a batch has begun; from now on they are held here."""
        runs = [Run(delivery, job) for delivery, job in writing.begun]
        for run in runs:
            self._keeper.hold(run.job.id, run.token)
            self._runs[run] = None
        self.suspects.written(writing.lease)
        return runs

    def _tell(self, job: Job, context: Context | None, *, has_run: bool) -> None:
        if has_run and job.attempts[-1].outcome != "stopped":
            self._ended[job.state if job.state in self._ended else JobState.WAITING] += 1
        self._runner.tell_end(job, context)
        if job.on_dead == "pending":
            self._fresh.append(job)
