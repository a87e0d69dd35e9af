"""What Redis holds when all work is done: nothing that looks unfinished, under any of the names of RQ or of ours."""

from dataclasses import dataclass, field

from redis import Redis

from backend.adapters.rq import names
from backend.queues.names import QUEUES

FOR_EVER = -1


@dataclass(frozen=True)
class Shelves:
    """`left` is what should not be there, by key; `shown` the ids in RQ's registries `finished` and `failed`."""

    left: dict[str, list[str]] = field(default_factory=dict)
    shown: dict[str, set[str]] = field(default_factory=dict)


def look(url):
    with Redis.from_url(url, socket_timeout=5, decode_responses=True) as redis:
        left = {key: ids for queue in QUEUES for key, ids in _unfinished(redis, queue).items() if ids}
        ghosts = [key for key in redis.scan_iter(f"{names.JOB_PREFIX}*") if redis.hget(key, "status") not in ("finished", "failed")]
        executions = [key for key in redis.scan_iter("rq:*execution*") if redis.ttl(key) == FOR_EVER]
        left |= {what: sorted(ids) for what, ids in {"unfinished": ghosts, "executions": executions}.items() if ids}
        shown = {
            what: {id_ for queue in QUEUES for id_ in redis.zrange(key(queue), 0, -1)}
            for what, key in {"finished": names.finished_key, "failed": names.failed_key}.items()
        }
        return Shelves(left, shown)


def _unfinished(redis, queue):
    lists = {key: redis.lrange(key, 0, 9) for key in (names.list_key(queue), names.in_flight_key(queue))}
    return lists | {key: redis.zrange(key, 0, 9) for key in (names.order_key(queue), names.delayed_key(queue), names.running_key(queue))}
