"""A broker in the memory of one process: the double of the RQ adapter, under the same contract tests."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from threading import Condition

from backend.queues.errors import BrokerUnavailable
from backend.queues.ports import Delivery, Holding, Ticket

_LAST = float("inf")


class MemoryBroker:
    """Set `away` to True and every call raises BrokerUnavailable, as in an outage; `clear` forgets all, as FLUSHALL does."""

    def __init__(self) -> None:
        self.away = False
        self.buried: dict[str, str] = {}
        self._changed = Condition()
        self._waiting: dict[str, list[Ticket]] = defaultdict(list)
        self._delayed: dict[str, Ticket] = {}
        self._in_flight: list[Delivery] = []

    def hand_over(self, tickets: Sequence[Ticket]) -> None:
        with self._reached():
            for ticket in tickets:
                self._end_flight(ticket.job_id)
                self._leave(ticket.queue, ticket.job_id)
                if ticket.due_at is None:
                    self._place(ticket)
                else:
                    self._delayed[ticket.job_id] = ticket
            self._changed.notify_all()

    def promote_due(self, now: datetime) -> int:
        with self._reached():
            due = sorted((t for t in self._delayed.values() if t.due_at and t.due_at <= now), key=lambda t: t.due_at or now)
            for ticket in due:
                del self._delayed[ticket.job_id]
                self._place(ticket)
            self._changed.notify_all()
            return len(due)

    def take(self, queues: Sequence[str], wait_s: float) -> Delivery | None:
        with self._reached():
            found = self._pop(queues)
            if found is None and wait_s:
                self._changed.wait(wait_s)
                found = self._pop(queues)
            return found

    def acknowledge(self, delivery: Delivery, *, keep_s: int = 0, keep_count: int | None = None) -> None:
        del keep_s, keep_count
        self.release(delivery)

    def bury(self, delivery: Delivery, error_class: str, *, keep_s: int, keep_count: int | None = None) -> None:
        del keep_s, keep_count
        self.release(delivery)
        self.buried[delivery.job_id] = error_class

    def put_back(self, delivery: Delivery) -> None:
        with self._reached():
            if delivery in self._in_flight:
                self._end_flight(delivery.job_id)
                self._place(Ticket(delivery.job_id, "", delivery.queue, front=True, lifo=True))
                self._changed.notify_all()

    def release(self, delivery: Delivery) -> None:
        with self._reached():
            self._end_flight(delivery.job_id)

    def forget(self, queue: str, job_ids: Sequence[str]) -> None:
        with self._reached():
            for job_id in job_ids:
                self._leave(queue, job_id)
                self.buried.pop(job_id, None)

    def in_flight(self) -> Sequence[Delivery]:
        with self._reached():
            return list(self._in_flight)

    def missing(self, job_ids: Iterable[str]) -> Collection[str]:
        with self._reached():
            known = {ticket.job_id for line in self._waiting.values() for ticket in line}
            known |= {delivery.job_id for delivery in self._in_flight} | set(self._delayed)
            return set(job_ids) - known

    def census(self) -> Iterator[Holding]:
        with self._reached():
            found = [Holding(ticket.job_id, queue, "waiting") for queue, line in self._waiting.items() for ticket in line]
            found += [Holding(ticket.job_id, ticket.queue, "delayed") for ticket in self._delayed.values()]
            found += [Holding(delivery.job_id, delivery.queue, "inFlight") for delivery in self._in_flight]
        yield from found

    def forget_expired(self, now: datetime, limit: int) -> int:
        del now, limit  # it shows no ended jobs
        with self._reached():
            return 0

    def ping(self) -> None:
        with self._reached():
            return

    def clear(self) -> None:
        """Forget everything."""
        with self._changed:
            self._waiting.clear()
            self._delayed.clear()
            self._in_flight.clear()

    def _reached(self) -> Condition:
        if self.away:
            raise BrokerUnavailable("Redis is away")
        return self._changed

    def _place(self, ticket: Ticket) -> None:
        line = self._waiting[ticket.queue]
        rank = _rank(ticket)
        ranks = [_rank(other) for other in line]
        index = bisect_left(ranks, rank) if ticket.lifo or ticket.front else bisect_right(ranks, rank)
        line.insert(index, ticket)

    def _pop(self, queues: Sequence[str]) -> Delivery | None:
        for queue in queues:
            if self._waiting[queue]:
                ticket = self._waiting[queue].pop(0)
                delivery = Delivery(ticket.job_id, queue)
                self._in_flight.append(delivery)
                return delivery
        return None

    def _leave(self, queue: str, job_id: str) -> None:
        self._waiting[queue] = [ticket for ticket in self._waiting[queue] if ticket.job_id != job_id]
        self._delayed.pop(job_id, None)

    def _end_flight(self, job_id: str) -> None:
        self._in_flight = [delivery for delivery in self._in_flight if delivery.job_id != job_id]


def _rank(ticket: Ticket) -> float:
    if ticket.front:
        return 0
    return ticket.priority or _LAST
