"""Heals what broke: workers that died, tickets that Redis lost, deliveries that nobody settled."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from backend.errors import NotFound
from backend.queues import transitions
from backend.queues.dead_letters import DeadLetters
from backend.queues.leases import LeaseKeeper
from backend.queues.ledger import change, ticket_for
from backend.queues.middleware import MiddlewareList
from backend.queues.ports import Delivery, Outside, Settlement, TimeLimit
from backend.queues.records import Job, JobState
from backend.queues.runner import Runner, no_limit
from backend.queues.settling import settle, unknown
from backend.telemetry.logs import logger

GRACE = timedelta(seconds=5)
"""How long a job may be on its way: between the ledger and Redis, or between Redis and its claim."""
STUCK_AFTER = timedelta(seconds=10)
PAGE = 500
SCHEDULER_WORKER = "scheduler"
log = logger("queues.recovery")


class Recovery:
    """Compares the ledger with the broker; the ledger is right. Every step is safe to repeat, and from several processes."""

    def __init__(
        self, outside: Outside, *, runner: Runner, keeper: LeaseKeeper, dead_letters: DeadLetters, middleware: MiddlewareList
    ) -> None:
        self._ledger = outside.ledger
        self._broker = outside.broker
        self._pauses = outside.pauses
        self._clock = outside.clock
        self._enable_queue = outside.enable_queue
        self._runner = runner
        self._keeper = keeper
        self._dead_letters = dead_letters
        self._middleware = middleware
        self._first_seen: dict[Delivery, datetime] = {}

    def reap_lost(self) -> int:
        """Take back the jobs whose lease has run out: to the front of their queue, or dead after the third loss.

        None, where the ledger or this process was away for long: those who live renew their leases first. Raises Unavailable.
        """
        now = self._clock.now()  # a process that falls asleep from here on judges by the time before its sleep
        if not self._keeper.knows_the_living():
            return 0
        reaped = [lost for job in self._ledger.lost(now) if (lost := self._lose(job, now)) is not None]
        for job in reaped:
            log.warning("A worker was lost", job_id=job.id, worker=job.attempts[-1].worker, lost_runs=job.lost_runs)
            self._middleware.ended(job)
            if job.state is JobState.FAILED:
                self._dead_letters.report(job)
        if self._enable_queue:
            self._hand_over((job for job in reaped if not job.finished), front=True)
        return len(reaped)

    def relay(self) -> int:
        """Hand over again what the broker does not know: what it lost, and what never reached it; returns how many.

        Looks at the earliest due first, and goes on only while it finds something to mend, so that a long line costs nothing.
        """
        relayed, cursor = 0, None
        while True:
            page = self._ledger.pending(cursor=cursor, limit=PAGE)
            settled = [job for job in page.items if self._on_its_way_long_enough(job)]
            missing = self._broker.missing(job.id for job in settled) if settled else ()
            lost = [job for job in settled if job.id in missing]
            self._hand_over(lost)
            relayed += len(lost)
            cursor = page.next
            if cursor is None or (settled and not lost):
                return relayed

    def reap_in_flight(self) -> int:
        """Settle deliveries whose worker took them and was not heard of again; returns how many."""
        now = self._clock.now()
        in_flight = list(self._broker.in_flight())
        self._first_seen = {delivery: self._first_seen.get(delivery, now) for delivery in in_flight}
        stuck = [delivery for delivery in in_flight if now - self._first_seen[delivery] >= STUCK_AFTER]
        return sum(self._settle(delivery) for delivery in stuck)

    def run_due(self, *, worker: str = SCHEDULER_WORKER, time_limit: TimeLimit = no_limit, stop: Callable[[], bool] = lambda: False) -> int:
        """Run here, from the ledger alone, what is due and nobody brings to a worker; returns how many ran.

        For the scheduler where `ENABLE_QUEUE` is not true, and for workers while Redis is away. Ends early once `stop` says so.
        """
        paused = self._pauses.paused()
        ran = 0
        for job in self._overdue():
            if stop():
                break
            if job.queue not in paused:
                ran += self._runner.run(job.id, worker=worker, time_limit=time_limit) is not None
        return ran

    def overdue(self, places: Mapping[str, int], *, limit: int, leave: Callable[[Job], bool]) -> Sequence[Job]:
        """What is due and nobody brings to a worker, at most `limit` jobs and as many of a queue as it has places, none that `leave`
        says to leave."""
        left = Counter(places)
        found: list[Job] = []
        for job in self._overdue():
            if len(found) == limit:
                break
            if left[job.queue] > 0 and not leave(job):
                left[job.queue] -= 1
                found.append(job)
        return found

    def _overdue(self) -> Iterator[Job]:
        for job in self._ledger.pending(limit=PAGE).items:
            if job.due_at + GRACE > self._clock.now():
                return  # they come by the time that they are due
            if self._on_its_way_long_enough(job):
                yield job

    def _lose(self, job: Job, now: datetime) -> Job | None:
        listens = self._dead_letters.listens(job.type)
        return change(self._ledger, job.id, lambda found: transitions.lose(found, now, on_dead=listens))

    def _on_its_way_long_enough(self, job: Job) -> bool:
        return (job.updated_at or job.created_at) + GRACE <= self._clock.now()

    def _hand_over(self, jobs: Iterable[Job], *, front: bool = False) -> None:
        tickets = [ticket_for(job, front=front) for job in jobs]
        if tickets:
            self._broker.hand_over(tickets)
            log.info("Jobs were handed over again", count=len(tickets), first=tickets[0].job_id)

    def _settle(self, delivery: Delivery) -> bool:
        try:
            job = self._ledger.get(delivery.job_id)
        except NotFound:
            self._broker.turn("", [unknown(delivery)], (), 0)
            return True
        if job.state is JobState.ACTIVE:
            return False  # it runs, and its lease tells how it goes on
        if job.finished:
            settle(self._broker, delivery, job)
        else:
            # Of this flight only: another process may have put the job back already, and a worker have taken it.
            ticket = ticket_for(job, front=job.state is JobState.WAITING)
            self._broker.turn("", [Settlement(delivery, "resubmitted", ticket=ticket)], (), 0)
            log.info("A delivery that nobody settled was handed over again", job_id=job.id)
        return True
