"""Carries tickets through Redis in RQ's data model, one round trip each way; RQ's own tools can read all of it."""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, cast

from redis import Redis
from rq.job import JobStatus

from backend.adapters.redis.connection import open_redis, reaching_redis
from backend.adapters.rq import names
from backend.adapters.rq.census import census
from backend.adapters.rq.tickets import fields_of, rank_of
from backend.queues.names import QUEUES
from backend.queues.ports import Delivery, Holding, Ticket

PROMOTE_AT_MOST = 500
WITHIN_A_MILLISECOND_S = 0.00095  # hand_over.lua keeps jobs of one due time apart by less than that
BLOCKING_DEADLINE_MS = 5_000
SHARE_FOR_REDIS = 0.8
"""Of the time that a caller may wait; the rest is for its thread to get its turn again on a busy machine."""


class RqBroker:
    """`backend.queues.ports.Broker`. `redis` has the short deadline of callers who wait, `blocking` the long one of workers.

    `patience_s` bounds the whole of a hand-over of one job and of a ping, with connecting and signing in.
    """

    def __init__(self, redis: Redis, blocking: Redis, *, patience_s: float | None = None) -> None:
        self._patience_s = patience_s
        self.redis = redis
        self.blocking = blocking
        self._hand_over = redis.register_script(_script("place", "executions", "hand_over"))
        self._promote = redis.register_script(_script("place", "promote"))
        self._forget = redis.register_script(_script("place", "forget"))
        self._settle = redis.register_script(_script("executions", "settle"))
        self._put_back = redis.register_script(_script("place", "put_back"))
        self._take = blocking.register_script(_script("place", "take"))

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
        if len(tickets) == 1:
            with reaching_redis(self._patience_s):
                self._hand_over(*self._hand_over_arguments(tickets[0]))
            return
        with reaching_redis():
            pipeline = self.redis.pipeline(transaction=False)
            for ticket in tickets:
                self._hand_over(*self._hand_over_arguments(ticket), client=pipeline)
            pipeline.execute()

    def promote_due(self, now: datetime) -> int:
        with reaching_redis():
            pipeline = self.redis.pipeline(transaction=False)
            for queue in QUEUES:
                keys = [names.delayed_key(queue), *names.line_keys(queue), names.wake_key(queue)]
                self._promote(keys, [now.timestamp() + WITHIN_A_MILLISECOND_S, PROMOTE_AT_MOST, names.JOB_PREFIX], client=pipeline)
            return sum(pipeline.execute())

    def take(self, queues: Sequence[str], wait_s: float) -> Delivery | None:
        with reaching_redis():
            found = self._take_now(queues)
            if found is None and wait_s and queues:
                self.blocking.blpop([names.wake_key(queue) for queue in queues], timeout=wait_s)
                found = self._take_now(queues)
            return found

    def acknowledge(self, delivery: Delivery, *, keep_s: int = 0, keep_count: int | None = None) -> None:
        status = JobStatus.FINISHED.value if keep_s else ""
        self._end(delivery, status, keep_s, names.finished_key(delivery.queue), keep_count=keep_count)

    def bury(self, delivery: Delivery, error_class: str, *, keep_s: int, keep_count: int | None = None) -> None:
        # Redis learns the class of the error only: its message may hold personal data.
        status = JobStatus.FAILED.value if keep_s else ""
        self._end(delivery, status, keep_s, names.failed_key(delivery.queue), error_class, keep_count=keep_count)

    def put_back(self, delivery: Delivery) -> None:
        keys = [
            f"{names.JOB_PREFIX}{delivery.job_id}",
            *names.line_keys(delivery.queue),
            names.in_flight_key(delivery.queue),
            names.wake_key(delivery.queue),
        ]
        with reaching_redis():
            self._put_back(keys, [delivery.job_id, names.JOB_PREFIX])

    def release(self, delivery: Delivery) -> None:
        with reaching_redis():
            self.redis.lrem(names.in_flight_key(delivery.queue), 0, delivery.job_id)

    def forget(self, queue: str, job_ids: Sequence[str]) -> None:
        keys = [*names.line_keys(queue), names.delayed_key(queue), names.failed_key(queue), names.finished_key(queue)]
        with reaching_redis():
            pipeline = self.redis.pipeline(transaction=False)
            for job_id in job_ids:
                self._forget([f"{names.JOB_PREFIX}{job_id}", *keys], [job_id, names.JOB_PREFIX], client=pipeline)
            pipeline.execute()

    def in_flight(self) -> Sequence[Delivery]:
        with reaching_redis():
            pipeline = self.redis.pipeline(transaction=False)
            for queue in QUEUES:
                pipeline.lrange(names.in_flight_key(queue), 0, -1)
            lists = pipeline.execute()
        return [Delivery(raw.decode(), queue) for queue, ids in zip(QUEUES, lists, strict=True) for raw in ids]

    def missing(self, job_ids: Iterable[str]) -> Collection[str]:
        wanted = list(job_ids)
        with reaching_redis():
            pipeline = self.redis.pipeline(transaction=False)
            for job_id in wanted:
                pipeline.hmget(f"{names.JOB_PREFIX}{job_id}", "status", "origin")
            shown = pipeline.execute(raise_on_error=False)
            places = [_place_of(found) for found in shown]
            for job_id, place in zip(wanted, places, strict=True):
                pipeline.zscore(place, job_id)
            absent = {job_id for job_id, score in zip(wanted, pipeline.execute(), strict=True) if score is None}
        return absent - {delivery.job_id for delivery in self.in_flight()} if absent else absent

    def census(self) -> Iterator[Holding]:
        with reaching_redis():
            yield from census(self.redis)

    def forget_expired(self, now: datetime, limit: int) -> int:
        registries = [key(queue) for queue in QUEUES for key in (names.finished_key, names.failed_key)]
        with reaching_redis():
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

    def _end(self, delivery: Delivery, status: str, keep_s: int, registry: str, error_class: str = "", *, keep_count: int | None) -> None:
        keys = [
            f"{names.JOB_PREFIX}{delivery.job_id}",
            names.in_flight_key(delivery.queue),
            names.delayed_key(delivery.queue),
            names.running_key(delivery.queue),
            registry,
        ]
        with reaching_redis():
            self._settle(
                keys,
                [delivery.job_id, status, keep_s, time.time(), error_class, "" if keep_count is None else keep_count, names.JOB_PREFIX],
            )

    def _take_now(self, queues: Sequence[str]) -> Delivery | None:
        keys = [names.SUSPENDED_KEY]
        for queue in queues:
            keys += [*names.line_keys(queue), names.in_flight_key(queue), names.wake_key(queue)]
        found = cast("list[Any] | None", self._take(keys, [names.JOB_PREFIX]))
        return Delivery(found[1].decode(), queues[int(found[0])]) if found else None

    def _hand_over_arguments(self, ticket: Ticket) -> tuple[list[str], list[Any]]:
        keys = [
            f"{names.JOB_PREFIX}{ticket.job_id}",
            *names.line_keys(ticket.queue),
            names.in_flight_key(ticket.queue),
            names.delayed_key(ticket.queue),
            names.QUEUES_KEY,
            names.wake_key(ticket.queue),
            names.running_key(ticket.queue),
        ]
        due = repr(ticket.due_at.timestamp()) if ticket.due_at else ""
        first = "1" if ticket.front or ticket.lifo else "0"
        return keys, [ticket.job_id, names.JOB_PREFIX, rank_of(ticket), first, due, *fields_of(ticket)]


def _place_of(found: Any) -> str:
    """The sorted set that a job is in if what its hash says is true; one that never exists where the hash says nothing."""
    status, origin = (None, None) if isinstance(found, Exception) else found
    queue = (origin or b"").decode()
    return names.delayed_key(queue) if status == b"scheduled" else names.line_keys(queue)[1]


def _script(*parts: str) -> str:
    folder = files("backend.adapters.rq") / "scripts"
    return "\n".join((folder / f"{part}.lua").read_text(encoding="utf-8") for part in parts)
