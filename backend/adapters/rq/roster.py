"""Reads from RQ's hashes what all workers report of themselves, and tells them what to do over RQ's channel of commands."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from redis import Redis
from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.utils import utcparse
from rq.worker_registration import REDIS_WORKER_KEYS

from backend.adapters.redis.connection import open_redis, reaching_redis
from backend.adapters.rq import names
from backend.errors import Misconfigured
from backend.queues.roster import Order, WorkerSeen
from backend.settings import Settings

_ORDERS: Mapping[Order, Mapping[str, object]] = {
    "pause": {"command": "pause"},
    "resume": {"command": "resume"},
    "stop": {"command": "shutdown"},
    "stopNow": {"command": "shutdown", "now": True},
}
DEADLINE_MS = 2_000


class RqRoster:
    """`backend.queues.roster.Roster`. RQ's own workers are seen, too, as far as they tell."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def seen(self) -> Sequence[WorkerSeen]:
        with reaching_redis():
            return read_workers(self._redis)

    def tell(self, name: str, order: Order) -> bool:
        with reaching_redis():
            return int(self._redis.publish(PUBSUB_CHANNEL_TEMPLATE % name, json.dumps(_ORDERS[order]))) > 0


def read_workers(redis: Redis) -> Sequence[WorkerSeen]:
    """Every worker by name, in two round trips; what Redis raises comes through."""
    names_of = {key.decode(): key.decode().rpartition(":")[2] for key in sorted(cast("set[bytes]", redis.smembers(REDIS_WORKER_KEYS)))}
    pipeline = redis.pipeline(transaction=False)
    for key, name in names_of.items():
        pipeline.hgetall(key)
        pipeline.smembers(names.worker_keys(name)[1])
    found = pipeline.execute(raise_on_error=False)
    seen = zip(names_of.values(), found[::2], found[1::2], strict=True)
    return [_worker(name, fields, runs) for name, fields, runs in seen if isinstance(fields, dict) and fields]


def open_roster(settings: Settings) -> RqRoster:
    """On the Redis of the settings; raises Misconfigured where there is none."""
    if not settings.effective_redis_url:
        raise Misconfigured("REDIS_URL: workers are seen through Redis; set the address that they use (`gacp dev` prints its own)")
    return RqRoster(open_redis(settings.effective_redis_url, deadline_ms=DEADLINE_MS))


def _worker(name: str, raw: Mapping[bytes, bytes], runs: Any) -> WorkerSeen:
    fields = {name.decode(): value.decode("utf-8", "replace") for name, value in raw.items()}
    versions = {"python": fields.get("python_version", ""), "gacp": fields.get("gacp_version", "")}
    return WorkerSeen(
        name=name,
        host=fields.get("hostname", ""),
        pid=_number(fields, "pid"),
        since=_time(fields.get("birth")),
        last_heartbeat=_time(fields.get("last_heartbeat")),
        queues=tuple(filter(None, fields.get("queues", "").split(","))),
        jobs=_jobs(fields, runs if isinstance(runs, set) else ()),
        concurrency=_number(fields, "concurrency") or 1,
        completed=_number(fields, "completed") or _number(fields, "successful_job_count"),
        failed=_number(fields, "failed") or _number(fields, "failed_job_count"),
        retried=_number(fields, "retried"),
        memory_mib=float(fields.get("memory_mib") or 0),
        paused=fields.get("paused") == "1",
        stopping=fields.get("stopping") == "1",
        outage=fields.get("outage", ""),
        versions={name: version.partition(" ")[0] for name, version in (versions | {"rq": fields.get("version", "")}).items()},
    )


def _jobs(fields: Mapping[str, str], runs: Iterable[bytes]) -> tuple[str, ...]:
    """What Redis shows as running now, and what only the worker itself knows of."""
    unshown = json.loads(fields.get("unshown") or "[]")
    shown = (run.decode("utf-8", "replace").partition(":")[0] for run in runs)
    return tuple(sorted({*shown, *map(str, unshown if isinstance(unshown, list) else ())}))


def _number(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name, "")
    return int(text) if text.isdigit() else 0


def _time(text: str | None) -> datetime | None:
    return utcparse(text) if text else None
