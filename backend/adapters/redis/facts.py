"""What a Redis or Valkey says of itself, for whoever looks whether it is fit to carry jobs; changes nothing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from redis import Redis

from backend.adapters.redis.connection import open_redis, reaching_redis

PINGS = 5
WITHIN_S = 2.0


@dataclass(frozen=True)
class RedisFacts:
    """One look. `ahead_s` is how far its clock goes before this machine's; `memory_limit` 0 means none; sizes are bytes.

    `trouble` names what it failed to write to its disk, in its own words.
    """

    product: str
    version: str
    role: str
    round_trip_ms: float
    ahead_s: float
    eviction: str
    memory: int
    memory_limit: int
    appends: bool
    trouble: str
    clients: int
    clients_limit: int
    evicted: int
    uptime_s: int


def look_at(url: str, *, deadline_ms: int) -> RedisFacts:
    """Ask it; raises BrokerUnavailable within two seconds where it does not answer, or refuses us."""
    redis = open_redis(url, deadline_ms=deadline_ms)
    try:
        with reaching_redis(WITHIN_S):
            redis.ping()  # connects, so that the next ones measure the line alone
            round_trips = [_timed(redis) for _ in range(PINGS)]
            before = time.time()
            seconds, microseconds = redis.time()
            ahead_s = seconds + microseconds / 1e6 - (before + time.time()) / 2
            told: Mapping[str, Any] = redis.info()
        return _facts(told, median(round_trips), ahead_s)
    finally:
        redis.close()


def _timed(redis: Redis) -> float:
    began = time.perf_counter()
    redis.ping()
    return (time.perf_counter() - began) * 1000


def _facts(told: Mapping[str, Any], round_trip_ms: float, ahead_s: float) -> RedisFacts:
    valkey = told.get("valkey_version")
    return RedisFacts(
        product="Valkey" if valkey else "Redis",
        version=str(valkey or told.get("redis_version", "?")),
        role=str(told.get("role", "?")),
        round_trip_ms=round(round_trip_ms, 2),
        ahead_s=round(ahead_s, 3),
        eviction=str(told.get("maxmemory_policy", "?")),
        memory=int(told.get("used_memory", 0)),
        memory_limit=int(told.get("maxmemory", 0)),
        appends=bool(told.get("aof_enabled", 0)),
        trouble=_trouble(told),
        clients=int(told.get("connected_clients", 0)),
        clients_limit=int(told.get("maxclients", 0)),
        evicted=int(told.get("evicted_keys", 0)),
        uptime_s=int(told.get("uptime_in_seconds", 0)),
    )


def _trouble(told: Mapping[str, Any]) -> str:
    asked = ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status")
    return ", ".join(f"{name}: {told[name]}" for name in asked if told.get(name, "ok") != "ok")
