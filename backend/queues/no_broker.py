"""The broker of a process that has no Redis: it carries nothing, and says so."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from backend.queues.errors import BrokerUnavailable
from backend.queues.ports import Delivery, Holding, Lane, Settlement, Ticket, Turn
from backend.queues.records import JobState


class NoBroker:
    """Used where `ENABLE_QUEUE` is not true: every job runs in its caller."""

    def hand_over(self, tickets: Sequence[Ticket]) -> None:
        self._refuse(tickets)

    def promote_due(self, now: datetime) -> int:
        del now
        return 0

    def turn(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> Turn:
        self._refuse(worker, settlements, lanes, room)

    def begin_turn(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> NoReturn:
        self._refuse(worker, settlements, lanes, room)

    def turn_when_rung(self, worker: str, lanes: Sequence[Lane], room: int, wait_s: float) -> tuple[bool, Turn]:
        self._refuse(worker, lanes, room, wait_s)

    def hurry(self, worker: str) -> None:
        self._refuse(worker)

    def wait(self, queues: Sequence[str], wait_s: float) -> bool:
        self._refuse(queues, wait_s)

    def take(self, queues: Sequence[str], wait_s: float) -> Delivery | None:
        self._refuse(queues, wait_s)

    def acknowledge(self, delivery: Delivery, *, keep_s: int = 0, keep_count: int | None = None) -> None:
        self._refuse(delivery, keep_s, keep_count)

    def bury(self, delivery: Delivery, error_class: str, *, keep_s: int, keep_count: int | None = None) -> None:
        self._refuse(delivery, error_class, keep_s, keep_count)

    def put_back(self, delivery: Delivery) -> None:
        self._refuse(delivery)

    def release(self, delivery: Delivery) -> None:
        self._refuse(delivery)

    def forget(self, queue: str, job_ids: Sequence[str]) -> None:
        """There is nothing to take them out of."""

    def in_flight(self) -> Sequence[Delivery]:
        return ()

    def missing(self, job_ids: Iterable[str]) -> Collection[str]:
        return set(job_ids)

    def waiting_by_priority(self, queue: str) -> Mapping[int, int]:
        self._refuse(queue)

    def seen(self, job_id: str) -> JobState | None:
        self._refuse(job_id)

    def census(self) -> Iterator[Holding]:
        self._refuse()

    def forget_expired(self, now: datetime, limit: int) -> int:
        del now, limit
        return 0

    def ping(self) -> None:
        self._refuse()

    def _refuse(self, *_: object) -> NoReturn:
        raise BrokerUnavailable("There is no queue here: ENABLE_QUEUE is not true")
