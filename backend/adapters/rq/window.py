"""Reads what Redis shows of queues, jobs and workers in RQ's data model: in JSON only, in few round trips, within the deadline."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis
from rq.registry import CanceledJobRegistry, DeferredJobRegistry
from rq.results import Result
from rq.utils import utcparse

from backend.adapters.redis.connection import open_redis, reaching_redis
from backend.adapters.rq import names
from backend.adapters.rq.broker import SHARE_FOR_REDIS
from backend.adapters.rq.roster import read_workers
from backend.adapters.rq.tickets import priority_of
from backend.queues.names import QUEUES
from backend.queues.roster import WorkerSeen
from backend.queues.window import REGISTRIES, JobPlace, JobShown, JobsShown, Place, Pressure, RedisVitals, Registry
from backend.settings import Settings

_PLACES: tuple[Place, ...] = ("waiting", "inFlight", "delayed", "finished", "failed")
SOME = 10
"""Jobs in flight that are named."""
_NOWHERE: Place = "nowhere"


class RqWindow:
    """`backend.queues.window.Window`, on a client of its own: RQ's classes would stretch the time-outs of the broker's."""

    def __init__(self, redis: Redis, *, patience_s: float | None = None) -> None:
        self._redis = redis
        self._patience_s = patience_s

    def close(self) -> None:
        """Let go of every connection."""
        self._redis.close()

    def counts(self) -> Mapping[str, Mapping[Registry, int]]:
        wanted = [(queue, registry) for queue in QUEUES for registry in REGISTRIES]
        with reaching_redis(self._patience_s):
            pipeline = self._redis.pipeline(transaction=False)
            for queue, registry in wanted:
                key, is_list = _place(queue, registry)
                (pipeline.llen if is_list else pipeline.zcard)(key)
            found = dict(zip(wanted, pipeline.execute(), strict=True))
        return {queue: {registry: found[queue, registry] for registry in REGISTRIES} for queue in QUEUES}

    def jobs(self, queue: str, registry: Registry, first: int, count: int, *, newest_first: bool = False) -> JobsShown:
        with reaching_redis(self._patience_s):
            key, is_list = self._line(queue) if registry == "queued" else _place(queue, registry)
            total = int((self._redis.llen if is_list else self._redis.zcard)(key))
            start, stop = (total - first - count, total - first - 1) if newest_first else (first, first + count - 1)
            if stop < 0 or count < 1:
                return JobsShown(total, ())
            members = self._stretch(key, max(start, 0), stop, is_list=is_list)
            shown = self._read([_id(member) for member, _ in members], [due for _, due in members] if registry == "scheduled" else None)
        return JobsShown(total, shown[::-1] if newest_first else shown)

    def job(self, job_id: str) -> JobShown | None:
        with reaching_redis(self._patience_s):
            [shown] = self._read([job_id])
        return shown if shown.status else None

    def place(self, job_id: str, queue: str) -> JobPlace:
        with reaching_redis(self._patience_s):
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.zrank(names.order_key(queue), job_id)
            pipeline.lpos(names.in_flight_key(queue), job_id)
            pipeline.zrange(names.execution_keys(job_id, "")[0], 0, -1)
            for key in (names.delayed_key(queue), names.finished_key(queue), names.failed_key(queue)):
                pipeline.zscore(key, job_id)
            ahead, in_flight, runs, *scores = pipeline.execute()
            [shown] = self._read([job_id])
        found = (ahead, in_flight, *scores)
        place = next((name for name, at in zip(_PLACES, found, strict=True) if at is not None), _NOWHERE)
        return JobPlace(place, shown if shown.status else None, ahead, [run.decode() for run in runs])

    def pressure(self, queue: str, *, rate_max: int = 0, rate_duration_ms: int = 0) -> Pressure:
        flight, starts = names.in_flight_key(queue), names.starts_key(queue)
        with reaching_redis(self._patience_s):
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.llen(flight)
            pipeline.lrange(flight, 0, SOME - 1)
            # The start that has to be long enough ago before there may be another: as many back as may begin within that time.
            pipeline.lindex(starts, -rate_max if rate_max else 0)
            pipeline.time()
            in_flight, some, start, (seconds, micros) = pipeline.execute()
        left_ms = int(start) + rate_duration_ms - seconds * 1000 - micros // 1000 if rate_max and start else 0
        return Pressure(in_flight, [each.decode() for each in some], max(0, left_ms))

    def workers(self) -> Sequence[WorkerSeen]:
        with reaching_redis(self._patience_s):
            return read_workers(self._redis)

    def vitals(self) -> RedisVitals:
        with reaching_redis(self._patience_s):
            pipeline = self._redis.pipeline(transaction=False)
            for section in ("memory", "clients", "server"):
                pipeline.info(section)
            memory, clients, server = pipeline.execute()
        return RedisVitals(
            used_bytes=int(memory.get("used_memory", 0)),
            peak_bytes=int(memory.get("used_memory_peak", 0)),
            limit_bytes=int(memory.get("maxmemory", 0) or memory.get("total_system_memory", 0)),
            policy=str(memory.get("maxmemory_policy", "")),
            clients=int(clients.get("connected_clients", 0)),
            uptime_s=int(server.get("uptime_in_seconds", 0)),
            version=str(server.get("valkey_version") or server.get("redis_version", "")),
        )

    def _stretch(self, key: str, start: int, stop: int, *, is_list: bool) -> list[tuple[bytes, float]]:
        """Members with their scores; both ends are included."""
        if is_list:
            return [(member, 0.0) for member in cast("list[bytes]", self._redis.lrange(key, start, stop))]
        return cast("list[tuple[bytes, float]]", self._redis.zrange(key, start, stop, withscores=True))

    def _line(self, queue: str) -> tuple[str, bool]:
        """The order in which jobs run; RQ's list where its own tools have put something into that."""
        line, order = names.list_key(queue), names.order_key(queue)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.llen(line)
        pipeline.zcard(order)
        listed, ordered = pipeline.execute()
        return (order, False) if listed == ordered else (line, True)

    def _read(self, ids: Sequence[str], due: Sequence[float] | None = None) -> list[JobShown]:
        pipeline = self._redis.pipeline(transaction=False)
        for job_id in ids:
            pipeline.hgetall(f"{names.JOB_PREFIX}{job_id}")
            pipeline.xrevrange(Result.get_key(job_id), count=1)  # type: ignore[no-untyped-call]
        found = pipeline.execute(raise_on_error=False)
        return [
            _shown(job_id, found[2 * at], found[2 * at + 1], datetime.fromtimestamp(due[at], UTC) if due else None)
            for at, job_id in enumerate(ids)
        ]


def open_window(settings: Settings) -> RqWindow | None:
    """On the Redis of the settings; None where jobs do not go there."""
    url, deadline_ms = settings.effective_redis_url, settings.redis_deadline_ms
    if not (settings.enable_queue and url):
        return None
    return RqWindow(open_redis(url, deadline_ms=deadline_ms), patience_s=deadline_ms / 1000 * SHARE_FOR_REDIS)


def _place(queue: str, registry: Registry) -> tuple[str, bool]:
    """A key, and whether it holds a list (otherwise a sorted set). What was taken is shown from the moment it is, with or without
    a worker that shows it as running."""
    return {
        "queued": (names.list_key(queue), True),
        "started": (names.in_flight_key(queue), True),
        "scheduled": (names.delayed_key(queue), False),
        "finished": (names.finished_key(queue), False),
        "failed": (names.failed_key(queue), False),
        "deferred": (str(DeferredJobRegistry.key_template.format(queue)), False),
        "canceled": (str(CanceledJobRegistry.key_template.format(queue)), False),
    }[registry]


def _id(member: bytes) -> str:
    return member.decode("utf-8", "replace").partition(":")[0]


def _shown(job_id: str, raw: Any, results: Any, due_at: datetime | None) -> JobShown:
    """Whatever is under the job's name; never read with pickle, and never an error."""
    fields = (
        {key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in raw.items()} if isinstance(raw, dict) else {}
    )
    rank, status = fields.get("rank", ""), fields.get("status", "")
    return JobShown(
        id=job_id,
        type=fields.get("description", ""),
        queue=fields.get("origin", ""),
        status=status,
        priority=priority_of(int(rank)) if rank.isdigit() and status == "queued" else 0,
        worker=fields.get("worker_name", "") if status == "started" else "",
        error=_error(results),
        created_at=_time(fields.get("created_at")),
        enqueued_at=_time(fields.get("enqueued_at")),
        started_at=_time(fields.get("started_at")),
        ended_at=_time(fields.get("ended_at")),
        due_at=due_at,
    )


def _error(results: Any) -> str:
    """What the latest result says of a failure: of our workers' that is a class, and of RQ's the last line of a trace."""
    if not isinstance(results, list) or not results:
        return ""
    with suppress(ValueError, zlib.error):
        lines = zlib.decompress(base64.b64decode(results[0][1].get(b"exc_string", b""))).decode("utf-8", "replace").splitlines()
        return lines[-1].partition(":")[0] if lines else ""
    return ""


def _time(text: str | None) -> datetime | None:
    with suppress(ValueError):
        return utcparse(text) if text else None
    return None
