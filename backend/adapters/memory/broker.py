"""A broker in the memory of one process: the double of the RQ adapter, under the same contract tests."""

import math
import time
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from threading import Condition

from msgspec.structs import replace

from backend.queues.errors import BrokerUnavailable
from backend.queues.ports import Delivery, Holding, Lane, Settlement, Ticket, Turn
from backend.queues.records import JobState

_LAST = float("inf")
_UNLIMITED = 1_000_000_000


@dataclass(frozen=True)
class _TurnMade:
    """`backend.queues.ports.TurnUnderWay`, of a turn that takes no time."""

    turn: Turn

    def is_answered(self) -> bool:
        return True

    def answer(self) -> Turn:
        return self.turn


class MemoryBroker:
    """Set `away` to True and every call raises BrokerUnavailable, as in an outage; `clear` forgets all, as FLUSHALL does."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.away = False
        self.buried: dict[str, str] = {}
        self._monotonic = monotonic
        self._runs = count(1)
        self._tokens: Counter[str] = Counter()
        self._short_of_places: set[str] = set()
        self._starts: dict[str, deque[tuple[float, Delivery]]] = defaultdict(deque)
        self._changed = Condition()
        self._waiting: dict[str, list[Ticket]] = defaultdict(list)
        self._delayed: dict[str, Ticket] = {}
        self._in_flight: dict[str, Delivery] = {}

    def hand_over(self, tickets: Sequence[Ticket]) -> None:
        with self._reached():
            for ticket in tickets:
                self._hand_over(ticket)

    def promote_due(self, now: datetime) -> int:
        with self._reached():
            due = sorted((t for t in self._delayed.values() if t.due_at and t.due_at <= now), key=lambda t: t.due_at or now)
            for ticket in due:
                del self._delayed[ticket.job_id]
                self._place(ticket, is_first=False)
            return len(due)

    def turn(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> Turn:
        del worker
        with self._reached():
            returned = [each for each in settlements if each.outcome == "returned"]
            for settlement in (*(each for each in settlements if each.outcome != "returned"), *reversed(returned)):
                self._settle(settlement)
            shares = [replace(lane, room=min(lane.share, lane.room)) for lane in lanes]
            taken = self._serve(shares, room)
            left = [replace(lane, room=lane.room - sum(each.queue == lane.queue for each in taken)) for lane in lanes]
            taken += self._serve(left, room - len(taken))
            return Turn(taken, min(filter(None, map(self._held_back_ms, lanes)), default=0))

    def begin_turn(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> "_TurnMade":
        return _TurnMade(self.turn(worker, settlements, lanes, room))

    def turn_when_rung(self, worker: str, lanes: Sequence[Lane], room: int, wait_s: float) -> tuple[bool, Turn]:
        rung = self._wait([_bell_of(worker), *(lane.queue for lane in lanes)], wait_s)
        return rung not in ("", _bell_of(worker)), self.turn(worker, (), lanes, room)

    def hurry(self, worker: str) -> None:
        with self._reached():
            self._tokens[_bell_of(worker)] = 1
            self._changed.notify_all()

    def wait(self, queues: Sequence[str], wait_s: float) -> bool:
        return bool(self._wait(queues, wait_s))

    def take(self, queues: Sequence[str], wait_s: float) -> Delivery | None:
        lanes = [Lane(queue, 1, 1) for queue in queues]
        taken = self.turn("", (), lanes, 1).deliveries
        if not taken and wait_s and queues:
            self.wait(queues, wait_s)
            taken = self.turn("", (), lanes, 1).deliveries
        return taken[0] if taken else None

    def acknowledge(self, delivery: Delivery, *, keep_s: int = 0, keep_count: int | None = None) -> None:
        self._settle_one(Settlement(delivery, "completed", keep_s, keep_count))

    def bury(self, delivery: Delivery, error_class: str, *, keep_s: int, keep_count: int | None = None) -> None:
        self._settle_one(Settlement(delivery, "failed", keep_s, keep_count, error_class))

    def put_back(self, delivery: Delivery) -> None:
        self._settle_one(Settlement(delivery, "returned"))

    def release(self, delivery: Delivery) -> None:
        self._settle_one(Settlement(delivery, "released"))

    def forget(self, queue: str, job_ids: Sequence[str]) -> None:
        with self._reached():
            for job_id in job_ids:
                self._leave(queue, job_id)
                self.buried.pop(job_id, None)

    def in_flight(self) -> Sequence[Delivery]:
        with self._reached():
            return list(self._in_flight.values())

    def missing(self, job_ids: Iterable[str]) -> Collection[str]:
        with self._reached():
            known = {ticket.job_id for line in self._waiting.values() for ticket in line}
            known |= set(self._in_flight) | set(self._delayed)
            return set(job_ids) - known

    def waiting_by_priority(self, queue: str) -> Mapping[int, int]:
        with self._reached():
            return Counter(0 if ticket.front else ticket.priority for ticket in self._waiting[queue])

    def seen(self, job_id: str) -> JobState | None:
        with self._reached():
            if job_id in self._in_flight:
                return JobState.ACTIVE
            if job_id in self._delayed:
                return JobState.DELAYED
            if self._knows(job_id):
                return JobState.WAITING
            return JobState.FAILED if job_id in self.buried else None

    def census(self) -> Iterator[Holding]:
        with self._reached():
            found = [Holding(ticket.job_id, queue, "waiting") for queue, line in self._waiting.items() for ticket in line]
            found += [Holding(ticket.job_id, ticket.queue, "delayed") for ticket in self._delayed.values()]
            found += [Holding(delivery.job_id, delivery.queue, "inFlight") for delivery in self._in_flight.values()]
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
            self._starts.clear()

    def _wait(self, bells: Sequence[str], wait_s: float) -> str:
        with self._reached():
            heard = self._changed.wait_for(lambda: next((bell for bell in bells if self._tokens[bell]), ""), wait_s)
            self._tokens[heard] -= 1 if heard else 0
            return heard

    def _reached(self) -> Condition:
        if self.away:
            raise BrokerUnavailable("Redis is away")
        return self._changed

    def _hand_over(self, ticket: Ticket) -> None:
        self._end_flight(ticket.job_id)
        self._leave(ticket.queue, ticket.job_id)
        if ticket.due_at is None:
            self._place(ticket)
        else:
            self._delayed[ticket.job_id] = ticket

    def _settle_one(self, settlement: Settlement) -> None:
        self.turn("", [settlement], (), 0)

    def _settle(self, settlement: Settlement) -> None:
        delivery, ticket = settlement.delivery, settlement.ticket
        flight = self._in_flight.get(delivery.job_id)
        is_over = flight is None or delivery.run not in ("", flight.run)
        if ticket is not None and (not is_over or not self._knows(delivery.job_id)):
            if ticket.front and ticket.due_at and not is_over:  # it was put off before it began
                starts = self._starts[delivery.queue]
                self._starts[delivery.queue] = deque(start for start in starts if start[1] is not flight)
            self._hand_over(ticket)
        elif not is_over:
            self._end_flight(delivery.job_id)
            if settlement.outcome == "failed":
                self.buried[delivery.job_id] = settlement.error_class
            elif settlement.outcome == "returned":
                self._place(Ticket(delivery.job_id, "", delivery.queue, front=True, lifo=True))

    def _serve(self, lanes: Sequence[Lane], room: int) -> list[Delivery]:
        taken: list[Delivery] = []
        for lane in lanes:
            line = self._waiting[lane.queue]
            most = min(lane.room, room - len(taken), len(line), self._places(lane), self._starts_left(lane))
            for _ in range(most):
                delivery = Delivery(line.pop(0).job_id, lane.queue, str(next(self._runs)))
                self._in_flight[delivery.job_id] = delivery
                taken.append(delivery)
                if lane.rate_max:
                    self._starts[lane.queue].append((self._monotonic(), delivery))
            self._quieten(lane)
        return taken

    def _places(self, lane: Lane) -> int:
        if lane.max_active is None:
            return _UNLIMITED
        return lane.max_active - sum(flight.queue == lane.queue for flight in self._in_flight.values())

    def _starts_left(self, lane: Lane) -> int:
        if not lane.rate_max:
            return _UNLIMITED
        starts, since = self._starts[lane.queue], self._monotonic() - lane.rate_duration_ms / 1000
        while starts and starts[0][0] <= since:
            starts.popleft()
        return lane.rate_max - len(starts)

    def _quieten(self, lane: Lane) -> None:
        """Whoever waits is woken for nothing while nobody may take anything of this queue."""
        if self._waiting[lane.queue] and self._places(lane) <= 0:
            self._short_of_places.add(lane.queue)
        elif self._waiting[lane.queue] and self._starts_left(lane) > 0:
            return
        self._tokens[lane.queue] = 0

    def _held_back_ms(self, lane: Lane) -> int:
        over = -self._starts_left(lane)
        if over < 0 or not lane.rate_max or not self._waiting[lane.queue]:
            return 0
        left_s = self._starts[lane.queue][over][0] + lane.rate_duration_ms / 1000 - self._monotonic()
        return max(1, math.ceil(left_s * 1000))

    def _knows(self, job_id: str) -> bool:
        waiting = (ticket.job_id for line in self._waiting.values() for ticket in line)
        return job_id in self._in_flight or job_id in self._delayed or job_id in waiting

    def _place(self, ticket: Ticket, *, is_first: bool | None = None) -> None:
        goes_first = ticket.lifo or ticket.front if is_first is None else is_first
        bisect = bisect_left if goes_first else bisect_right
        line = self._waiting[ticket.queue]
        line.insert(bisect(line, _rank(ticket), key=_rank), ticket)
        self._wake(ticket.queue)

    def _wake(self, queue: str) -> None:
        self._tokens[queue] += 1
        self._changed.notify_all()

    def _leave(self, queue: str, job_id: str) -> None:
        self._waiting[queue] = [ticket for ticket in self._waiting[queue] if ticket.job_id != job_id]
        self._delayed.pop(job_id, None)

    def _end_flight(self, job_id: str) -> None:
        flight = self._in_flight.pop(job_id, None)
        if flight is not None and flight.queue in self._short_of_places:
            self._short_of_places.discard(flight.queue)
            self._wake(flight.queue)


def _bell_of(worker: str) -> str:
    return f"worker:{worker}"


def _rank(ticket: Ticket) -> float:
    if ticket.front:
        return 0
    return ticket.priority or _LAST
