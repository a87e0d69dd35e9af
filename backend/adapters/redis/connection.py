"""Opens connections to Redis that never keep a caller waiting longer than they were told."""

import threading
import time
from typing import Any

from redis import Connection, Redis
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from backend import context
from backend.adapters.redis import sentinel
from backend.adapters.redis.resolving import Resolver
from backend.queues.errors import BrokerUnavailable, PatienceLost
from backend.telemetry.logs import logger

SHORTEST_WAIT_S = 0.001
NOT_OUR_FAULT = ("MISCONF", "LOADING", "MASTERDOWN", "NOREPLICAS", "BUSY", "UNBLOCKED")
"""How answers begin that are refusals of a server in trouble, and none of a command that is wrong."""
SAID_AT_MOST = 100
CLOSED = "closed file"
log = logger("redis")
_said: set[str] = set()


class _Budget(threading.local):
    """How long the block that this thread is in may take: until when, and when half of that is over, on the monotonic clock; None
    without a limit."""

    limit: tuple[float, float] | None = None


_budget = _Budget()


class _Prompt(AbstractConnection):
    """Spends the budget of the call it serves: to connect, to sign in and to wait for each answer count together.

    A socket's own time-out begins anew with every answer, of which a fresh connection needs four.
    """

    def _connect(self) -> Any:
        self.socket_connect_timeout = time_left(self.socket_timeout)
        return super()._connect()  # type: ignore[no-untyped-call, safe-super]  # it lies over a whole kind of connection

    def send_packed_command(self, *arguments: Any, **options: Any) -> None:
        line: Any = self._sock
        if line is not None:
            # The last answer may have left it with a moment only.
            line.settimeout(time_left(self.socket_timeout))
        super().send_packed_command(*arguments, **options)  # type: ignore[no-untyped-call]

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        line: Any = self._sock
        if line is not None:
            line.settimeout(time_left(self.socket_timeout))
        return super().read_response(*arguments, **options)


class _Resolved(Connection):
    """Connects to the host by its address, which is looked up within the budget; TLS still asks for the host by its name."""

    resolver: Resolver

    def _connect(self) -> Any:
        named, failure = self.host, OSError(f"{self.host} has no address")
        try:
            for address in self.resolver.addresses(named, self.port, time_left(self.socket_timeout)):
                self.host = address
                self.socket_connect_timeout = time_left(self.socket_timeout)
                try:
                    return super()._connect()  # type: ignore[no-untyped-call]
                except OSError as error:
                    failure = error
            raise failure
        finally:
            self.host = named


def _prompt(kind: type[AbstractConnection], resolver: Resolver) -> type[AbstractConnection]:
    """That kind of connection (TCP, TLS or a socket file) with a budget; below TLS, which keeps the name to check."""
    if kind is Connection:
        bases: tuple[type[AbstractConnection], ...] = (_Prompt, _Resolved)
    else:
        bases = (_Prompt, kind, _Resolved) if issubclass(kind, Connection) else (_Prompt, kind)
    return type("PromptConnection", bases, {"resolver": resolver})


def time_left(otherwise: float | None) -> float | None:
    """What is left of the budget of this thread's block, but no more than what holds otherwise; None without a limit."""
    limit = _budget.limit
    if limit is None:
        return otherwise
    left = max(limit[0] - time.monotonic(), SHORTEST_WAIT_S)
    return left if otherwise is None or left < otherwise else otherwise


def open_redis(url: str, *, deadline_ms: int, check_every_s: float = 0, resolver: Resolver | None = None) -> Redis:
    """A client that waits for no answer longer than the deadline, also when the server hangs; connects on first use.

    Behind Sentinels (`redis+sentinel://…`) each new connection goes to the master that they name then.

    `check_every_s` is how often a connection that only listens asks whether the server is still there; 0 means never.
    Protocol 2 without library info connects without a question and answer of its own, which would take a deadline more.
    """
    looking_up = resolver or Resolver()
    options = {
        "socket_timeout": deadline_ms / 1000,
        "socket_connect_timeout": deadline_ms / 1000,
        "health_check_interval": check_every_s,
        "protocol": 2,
        "driver_info": None,
        # One more try at once, where a pooled connection turns out to be of a server that was restarted. Never after a
        # time-out: that would double the deadline.
        "retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
    }
    if url.startswith(sentinel.SCHEME):
        redis = sentinel.open_master(url, lambda each: open_redis(each, deadline_ms=deadline_ms, resolver=looking_up), **options)
    else:
        redis = Redis.from_url(url, **options)
    pool = redis.connection_pool
    pool.connection_class = _prompt(pool.connection_class, looking_up)
    return redis


class reaching_redis:  # noqa: N801 - it is used as a function, which would take three times as long
    """Turn whatever Redis or the network raises into BrokerUnavailable; all calls in the block together take `within_s` at most.

    Where somebody waits for this thread's work (`context.somebody_waits`), its blocks share that time. Raises PatienceLost, and
    asks nothing, where too little of it is left.
    """

    __slots__ = ("_before", "_began", "_patience", "_within_s")

    def __init__(self, within_s: float | None = None) -> None:
        self._within_s = within_s

    def __enter__(self) -> None:
        within_s = self._within_s
        self._patience = patience = None if within_s is None else context.patience()
        if patience is not None and patience.lost:
            raise PatienceLost("Redis: this request has waited for it long enough")
        self._before, self._began = _budget.limit, time.monotonic()
        if within_s is None:
            _budget.limit = None
            return
        span = within_s * patience.share_left if patience is not None else within_s
        _budget.limit = self._began + span, self._began + span / 2

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        _budget.limit = self._before
        if self._patience is not None:
            self._patience.waited(time.monotonic() - self._began)
        if error is None:
            return
        if isinstance(error, RedisError):
            _tell_of_a_bug(error)
            raise BrokerUnavailable(f"Redis: {type(error).__name__}: {error}") from error
        # redis-py lets these through where another thread closes the connection on which this one waits, as a process does that ends.
        if isinstance(error, OSError) or (isinstance(error, ValueError) and CLOSED in str(error)):
            raise BrokerUnavailable(f"Redis: {error}") from error


def go_on() -> None:
    """Between two calls of a block: raises PatienceLost where more than half of its time is over, as the server is not away then,
    but has no time for all of it."""
    limit = _budget.limit
    if limit is not None and time.monotonic() > limit[1]:
        raise PatienceLost("Redis has no time for all of this: the rest is for later")


def _tell_of_a_bug(error: RedisError) -> None:
    """Once for each text: callers take a refusal for an outage and go on without Redis, so that nobody would notice."""
    text = str(error)
    if type(error) is not ResponseError or text.startswith(NOT_OUR_FAULT) or text in _said or len(_said) >= SAID_AT_MOST:
        return
    _said.add(text)
    log.error("Redis refuses what it was asked: a bug or a damaged key, and no outage", detail=text)
