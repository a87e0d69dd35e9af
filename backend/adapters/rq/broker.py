"""Carries tickets through Redis in RQ's data model, one round trip each way; RQ's own tools can read all of it."""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from redis import Redis

from backend import context
from backend.adapters.redis.connection import go_on, open_redis, reaching_redis
from backend.adapters.redis.scripts import Asked, Call, Lines, command
from backend.adapters.rq import names
from backend.adapters.rq.census import census
from backend.adapters.rq.lua import FORGET, HAND_OVER, PRIORITIES, PROMOTE, TURN, WAITED_TURN
from backend.adapters.rq.states import state_of
from backend.adapters.rq.tickets import kind_of, moment, priority_of, rest_of
from backend.adapters.rq.turning import AT_MOST, TurnScript, read_turn
from backend.queues.names import QUEUES
from backend.queues.ports import Delivery, Holding, Lane, Settlement, Ticket, Turn
from backend.queues.records import JobState

PROMOTE_AT_MOST = 500
PRIORITIES_AT_MOST = 1_000
HANDED_OVER_AT_ONCE = 100
"""Few enough that an answer is soon there, and that it can be told whether Redis is away or only slow."""
WITHIN_A_MILLISECOND_S = 0.00095  # handing.lua keeps jobs of one due time apart by less than that
BLOCKING_DEADLINE_MS = 5_000
SHARE_FOR_REDIS = 0.8
"""Of the time that a caller may wait; the rest is for its thread to get its turn again on a busy machine."""

FORGOTTEN_AFTER_S = 5
"""A worker that does not wait for its turn any more leaves the token that was to hurry it."""
NOBODY = ""
"""Whoever takes a single job without being a worker of RQ's kind: nothing shows it as running."""


class RqBroker:
    """`backend.queues.ports.Broker`. `redis` has the short deadline of callers who wait, `blocking` the long one of workers.

    `patience_s` bounds the whole of a hand-over of one job and of a ping, with connecting and signing in; and of what takes
    longer where somebody waits for the work of the thread (`context.somebody_waits`).
    """

    def __init__(self, redis: Redis, blocking: Redis, *, patience_s: float | None = None) -> None:
        self._patience_s = patience_s
        self.redis = redis
        self.blocking = blocking
        self._lines = Lines(redis)
        self._blocking_lines = Lines(blocking)
        self._turns = TurnScript()

    @classmethod
    def open(cls, url: str, *, deadline_ms: int) -> "RqBroker":
        """A broker for that address; connects on first use."""
        patience_s = deadline_ms / 1000 * SHARE_FOR_REDIS
        return cls(open_redis(url, deadline_ms=deadline_ms), open_redis(url, deadline_ms=BLOCKING_DEADLINE_MS), patience_s=patience_s)

    def close(self) -> None:
        """Let go of every connection."""
        self.redis.close()
        self.blocking.close()

    def hand_over(self, tickets: Sequence[Ticket]) -> None:
        now = time.time()
        self._lines.knock(now)
        present = moment(now)
        calls = [_kind(ticket[1:6], ticket.timeout_s).complete(*rest_of(ticket, present)) for ticket in tickets]
        with reaching_redis(self._patience_s if len(calls) == 1 else self._shared_patience_s()):
            HAND_OVER.run(self._lines, calls[:HANDED_OVER_AT_ONCE])
            for first in range(HANDED_OVER_AT_ONCE, len(calls), HANDED_OVER_AT_ONCE):
                go_on()
                HAND_OVER.run(self._lines, calls[first : first + HANDED_OVER_AT_ONCE])

    def promote_due(self, now: datetime) -> int:
        latest = now.timestamp() + WITHIN_A_MILLISECOND_S
        calls = [PROMOTE.call([names.list_key(queue)]).complete(latest, PROMOTE_AT_MOST) for queue in QUEUES]
        with reaching_redis():
            return sum(PROMOTE.run(self._lines, calls))

    def turn(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> Turn:
        return self._turn_by(self._blocking_lines, worker, settlements, lanes, room)

    def begin_turn(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> "_TurnUnderWay":
        calls = self._turn_calls(worker, settlements, lanes, room)
        with reaching_redis():
            return _TurnUnderWay(TURN.send(self._blocking_lines, calls), lanes)

    def turn_when_rung(self, worker: str, lanes: Sequence[Lane], room: int, wait_s: float) -> tuple[bool, Turn]:
        own = names.own_wake_key(worker)
        bells = [own, *(names.wake_key(lane.queue) for lane in lanes)]
        calls = [command("BLPOP", *bells, wait_s), self._turns.waited_call(worker, lanes, room)]
        with reaching_redis():
            rung, answer = WAITED_TURN.run(self._blocking_lines, calls)
        return rung is not None and rung[0] != own.encode(), read_turn(answer, lanes)

    def hurry(self, worker: str) -> None:
        own = names.own_wake_key(worker)
        with reaching_redis(self._patience_s):
            pipeline = self.redis.pipeline(transaction=False)
            pipeline.rpush(own, 1)
            pipeline.expire(own, FORGOTTEN_AFTER_S)
            pipeline.execute()

    def wait(self, queues: Sequence[str], wait_s: float) -> bool:
        with reaching_redis():
            return self.blocking.blpop([names.wake_key(queue) for queue in queues], timeout=wait_s) is not None

    def take(self, queues: Sequence[str], wait_s: float) -> Delivery | None:
        lanes = [Lane(queue, 1, 1) for queue in queues]
        taken = self.turn(NOBODY, (), lanes, 1).deliveries
        if not taken and wait_s and queues:
            self.wait(queues, wait_s)
            taken = self.turn(NOBODY, (), lanes, 1).deliveries
        return taken[0] if taken else None

    def acknowledge(self, delivery: Delivery, *, keep_s: int = 0, keep_count: int | None = None) -> None:
        self._settle(Settlement(delivery, "completed", keep_s, keep_count))

    def bury(self, delivery: Delivery, error_class: str, *, keep_s: int, keep_count: int | None = None) -> None:
        self._settle(Settlement(delivery, "failed", keep_s, keep_count, error_class))

    def put_back(self, delivery: Delivery) -> None:
        self._settle(Settlement(delivery, "returned"))

    def release(self, delivery: Delivery) -> None:
        self._settle(Settlement(delivery, "released"))

    def forget(self, queue: str, job_ids: Sequence[str]) -> None:
        with reaching_redis(self._shared_patience_s()):
            FORGET.run(self._lines, [FORGET.call([names.list_key(queue)]).complete(job_id) for job_id in job_ids])

    def in_flight(self) -> Sequence[Delivery]:
        with reaching_redis(self._shared_patience_s()):
            pipeline = self.redis.pipeline(transaction=False)
            for queue in QUEUES:
                pipeline.lrange(names.in_flight_key(queue), 0, -1)
                pipeline.zrange(names.running_key(queue), 0, -1)
            found = pipeline.execute()
        return [flight for queue, ids, runs in zip(QUEUES, found[::2], found[1::2], strict=True) for flight in _flights(queue, ids, runs)]

    def missing(self, job_ids: Iterable[str]) -> Collection[str]:
        wanted = list(job_ids)
        with reaching_redis(self._shared_patience_s()):
            pipeline = self.redis.pipeline(transaction=False)
            for job_id in wanted:
                pipeline.hmget(f"{names.JOB_PREFIX}{job_id}", "status", "origin")
            shown = pipeline.execute(raise_on_error=False)
            places = [_place_of(found) for found in shown]
            for job_id, place in zip(wanted, places, strict=True):
                pipeline.zscore(place, job_id)
            absent = {job_id for job_id, score in zip(wanted, pipeline.execute(), strict=True) if score is None}
        return absent - {delivery.job_id for delivery in self.in_flight()} if absent else absent

    def waiting_by_priority(self, queue: str) -> Mapping[int, int]:
        with reaching_redis(self._patience_s):
            [found] = PRIORITIES.run(self._lines, [PRIORITIES.call([names.list_key(queue)]).complete(PRIORITIES_AT_MOST)])
        counted: Counter[int] = Counter()
        for rank, number in zip(found[::2], found[1::2], strict=True):
            counted[priority_of(rank)] += number
        return counted

    def seen(self, job_id: str) -> JobState | None:
        with reaching_redis(self._patience_s):
            pipeline = self.redis.pipeline(transaction=False)
            pipeline.hget(f"{names.JOB_PREFIX}{job_id}", "status")
            status = pipeline.execute(raise_on_error=False)[0]
        state = state_of(status.decode()) if isinstance(status, bytes) else None
        taken = state is JobState.WAITING and any(delivery.job_id == job_id for delivery in self.in_flight())
        return JobState.ACTIVE if taken else state

    def census(self) -> Iterator[Holding]:
        with reaching_redis():
            yield from census(self.redis)

    def forget_expired(self, now: datetime, limit: int) -> int:
        registries = [key(queue) for queue in QUEUES for key in (names.finished_key, names.failed_key)]
        with reaching_redis(self._shared_patience_s()):
            pipeline = self.redis.pipeline(transaction=False)
            for registry in registries:
                pipeline.zrange(registry, "-inf", now.timestamp(), byscore=True, offset=0, num=limit)
            expired = {registry: ids for registry, ids in zip(registries, pipeline.execute(), strict=True) if ids}
            for registry, ids in expired.items():
                pipeline.zrem(registry, *ids)
            return sum(pipeline.execute())

    def ping(self) -> None:
        with reaching_redis(self._patience_s):
            self.redis.ping()

    def _shared_patience_s(self) -> float | None:
        """For what is long where nobody waits for it: the patience of who waits for this thread's work, or None."""
        return self._patience_s if context.patience() is not None else None

    def _settle(self, settlement: Settlement) -> None:
        self._turn_by(self._lines, NOBODY, [settlement], (), 0)

    def _turn_by(self, lines: Lines, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> Turn:
        calls = self._turn_calls(worker, settlements, lanes, room)
        with reaching_redis():
            *_, answer = TURN.run(lines, calls)
        return read_turn(answer, lanes)

    def _turn_calls(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int) -> Sequence[bytes]:
        """As many calls as it takes; the last one tells what was taken."""
        now = time.time()
        # The last part comes first: of those that are returned the first is to go before all others.
        *later, first = [settlements[at : at + AT_MOST] for at in range(0, len(settlements) or 1, AT_MOST)][::-1]
        calls = [self._turns.call(worker, part, (), 0, now=now) for part in later]
        return [*calls, self._turns.call(worker, first, lanes, room, now=now)]


class _TurnUnderWay:
    """`backend.queues.ports.TurnUnderWay`."""

    def __init__(self, asked: Asked, lanes: Sequence[Lane]) -> None:
        self._asked = asked
        self._lanes = lanes

    def is_answered(self) -> bool:
        return self._asked.is_answered()

    def answer(self) -> Turn:
        with reaching_redis():
            *_, answer = self._asked.answers()
        return read_turn(answer, self._lanes)


@lru_cache(maxsize=512)
def _kind(alike: tuple[str, str, int, bool, bool], timeout_s: int) -> Call:
    """How a hand-over begins: the same for many tickets, whose fields from `type` to `front` are alike."""
    like = Ticket("", *alike, timeout_s=timeout_s)
    return HAND_OVER.call([names.list_key(like.queue)]).begun(*kind_of(like))


def _flights(queue: str, ids: list[bytes], runs: list[bytes]) -> Iterator[Delivery]:
    run_of = dict(entry.decode().split(":", 1) for entry in runs)
    for job_id in map(bytes.decode, ids):
        yield Delivery(job_id, queue, run_of.get(job_id, ""))


def _place_of(found: Any) -> str:
    """The sorted set that a job is in if what its hash says is true; one that never exists where the hash says nothing."""
    status, origin = (None, None) if isinstance(found, Exception) else found
    queue = (origin or b"").decode()
    return names.delayed_key(queue) if status == b"scheduled" else names.order_key(queue)
