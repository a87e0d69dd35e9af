"""Reads from RQ's hashes what all workers report of themselves, and tells them what to do over RQ's channel of commands."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from redis import Redis
from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.utils import utcparse
from rq.worker_registration import REDIS_WORKER_KEYS

from backend.adapters.redis.connection import open_redis, reaching_redis
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
    keys = sorted(cast("set[bytes]", redis.smembers(REDIS_WORKER_KEYS)))
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.hgetall(key)
    found = zip(keys, pipeline.execute(raise_on_error=False), strict=True)
    return [_worker(key.decode(), fields) for key, fields in found if isinstance(fields, dict) and fields]


def open_roster(settings: Settings) -> RqRoster:
    """On the Redis of the settings; raises Misconfigured where there is none."""
    if not settings.effective_redis_url:
        raise Misconfigured("REDIS_URL: workers are seen through Redis; set the address that they use (`gacp dev` prints its own)")
    return RqRoster(open_redis(settings.effective_redis_url, deadline_ms=DEADLINE_MS))


def _worker(key: str, raw: Mapping[bytes, bytes]) -> WorkerSeen:
    fields = {name.decode(): value.decode("utf-8", "replace") for name, value in raw.items()}
    jobs = json.loads(fields.get("jobs") or "[]")
    versions = {"python": fields.get("python_version", ""), "gacp": fields.get("gacp_version", "")}
    return WorkerSeen(
        name=key.rpartition(":")[2],
        host=fields.get("hostname", ""),
        pid=_number(fields, "pid"),
        since=_time(fields.get("birth")),
        last_heartbeat=_time(fields.get("last_heartbeat")),
        queues=tuple(filter(None, fields.get("queues", "").split(","))),
        jobs=tuple(jobs) if isinstance(jobs, list) else (),
        running=_number(fields, "running"),
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


def _number(fields: Mapping[str, str], name: str) -> int:
    text = fields.get(name, "")
    return int(text) if text.isdigit() else 0


def _time(text: str | None) -> datetime | None:
    return utcparse(text) if text else None
