"""Opens connections to Redis that never keep a caller waiting longer than they were told."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

from backend.queues.errors import BrokerUnavailable


def open_redis(url: str, *, deadline_ms: int, check_every_s: float = 0) -> Redis:
    """A client whose every call ends within the deadline, also when the server hangs; connects on first use.

    `check_every_s` is how often a connection that only listens asks whether the server is still there; 0 means never.
    Protocol 2 without library info connects without a question and answer of its own, which would take a deadline more.
    """
    return Redis.from_url(
        url,
        socket_timeout=deadline_ms / 1000,
        socket_connect_timeout=deadline_ms / 1000,
        health_check_interval=check_every_s,
        protocol=2,
        driver_info=None,
        # One more try at once, where a pooled connection turns out to be of a server that was restarted. Never after a
        # time-out: that would double the deadline.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    )


@contextmanager
def reaching_redis() -> Iterator[None]:
    """Turn whatever Redis or the network raises into BrokerUnavailable."""
    try:
        yield
    except RedisError as error:
        raise BrokerUnavailable(f"Redis: {type(error).__name__}: {error}") from error
