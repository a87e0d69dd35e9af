"""Redis as an administrator sees it: memory, what it does when that is full, and the workers that report to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from redis import Redis

from backend.adapters.redis.connection import reaching_redis
from backend.queues.alerts.facts import RedisFacts
from backend.queues.roster import Roster, WorkerSeen


class ServerSight:
    """`backend.queues.alerts.ports.RedisSight`."""

    def __init__(self, redis: Redis, roster: Roster, *, deadline_ms: int) -> None:
        self._redis = redis
        self._roster = roster
        self._within_s = deadline_ms / 1000

    def look(self) -> RedisFacts:
        with reaching_redis(self._within_s):
            found: Mapping[str, Any] = self._redis.info("memory")
        may_take = int(found.get("maxmemory") or 0) or int(found.get("total_system_memory") or 0)
        percent = 100 * int(found["used_memory"]) / may_take if may_take and "used_memory" in found else None
        return RedisFacts(up=True, memory_percent=percent, policy=found.get("maxmemory_policy"))

    def workers(self) -> Sequence[WorkerSeen]:
        return self._roster.seen()

    def close(self) -> None:
        self._redis.close()
