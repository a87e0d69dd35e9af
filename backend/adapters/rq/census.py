"""Reads everything that Redis believes about unfinished jobs, in small steps that keep nobody waiting."""

from collections.abc import Iterator
from typing import cast

from redis import Redis

from backend.adapters.rq import names
from backend.queues.names import QUEUES
from backend.queues.ports import Holding

STEP = 1_000
_UNFINISHED = {b"queued", b"scheduled", b"started"}


def census(redis: Redis) -> Iterator[Holding]:
    """Each place that a job has, queue by queue, then what only its hash speaks of; the picture moves while it is taken."""
    placed: set[str] = set()
    for queue in QUEUES:
        for holding in _of_queue(redis, queue):
            placed.add(holding.job_id)
            yield holding
    yield from _hashes(redis, placed)


def _of_queue(redis: Redis, queue: str) -> Iterator[Holding]:
    line, order = names.list_key(queue), names.order_key(queue)
    for member, _score in redis.zscan_iter(order, count=STEP):
        yield Holding(member.decode(), queue, "waiting")
    for start in range(0, int(redis.llen(line)), STEP):
        ids = _chunk(redis, line, start, start + STEP - 1)
        pipeline = redis.pipeline(transaction=False)
        for each in ids:
            pipeline.zscore(order, each)
        # What RQ's own tools put into the list has no place in the order; it runs when it comes to the head.
        yield from (Holding(each.decode(), queue, "waiting") for each, score in zip(ids, pipeline.execute(), strict=True) if score is None)
    for member, _score in redis.zscan_iter(names.delayed_key(queue), count=STEP):
        yield Holding(member.decode(), queue, "delayed")
    for each in _chunk(redis, names.in_flight_key(queue), 0, -1):
        yield Holding(each.decode(), queue, "inFlight")


def _chunk(redis: Redis, key: str, first: int, last: int) -> list[bytes]:
    return cast("list[bytes]", redis.lrange(key, first, last))


def _hashes(redis: Redis, placed: set[str]) -> Iterator[Holding]:
    """Jobs that Redis shows as unfinished and that are in no line, and keys of jobs that hold something else."""
    keys: list[bytes] = []
    for key in redis.scan_iter(f"{names.JOB_PREFIX}*", count=STEP):
        if key.count(b":") == names.JOB_PREFIX.count(":") and key.decode().removeprefix(names.JOB_PREFIX) not in placed:
            keys.append(key)
        if len(keys) == STEP:
            yield from _strays(redis, keys)
            keys = []
    yield from _strays(redis, keys)


def _strays(redis: Redis, keys: list[bytes]) -> Iterator[Holding]:
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.hmget(key, "status", "origin")
    for key, found in zip(keys, pipeline.execute(raise_on_error=False), strict=True):
        job_id = key.decode().removeprefix(names.JOB_PREFIX)
        if isinstance(found, Exception):
            yield Holding(job_id, "", "damaged")
        elif found[0] in _UNFINISHED:
            yield Holding(job_id, (found[1] or b"").decode(), "nowhere")
