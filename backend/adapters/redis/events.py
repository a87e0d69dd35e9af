"""Carries queue events between processes over Redis pub/sub, from threads of its own, so that nobody waits for Redis."""

import json
import os
import secrets
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from backend.adapters.redis.connection import open_redis
from backend.adapters.redis.scripts import Lines, Script
from backend.queues.events import JobEvent
from backend.telemetry.logs import logger, mask

CHANNEL_PREFIX = "gacp:events:"
KEPT_AT_MOST = 1_000  # while Redis is away; what comes after that is dropped
BATCH = 500
GAP_S = 0.01
"""At least so long between two batches: a single event leaves at once, and a hundred in a row cost a worker little."""
MESSAGE_LIMIT = 64 * 1024
_LONGEST_CHARACTER = 4
CHECK_EVERY_S = 15
PAUSE_S = 1.0
CLOSE_WITHIN_S = 1.0
AWAY = (RedisConnectionError, RedisTimeoutError, OSError)
# One command with one answer: the client needs far longer for a hundred answers than the server for a hundred messages.
_in_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_PUBLISH = Script("for at = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[at], ARGV[at + 1]) end")
log = logger("queues.events.redis")


class RedisEvents:
    """`backend.queues.listening.EventChannel`: one Redis channel per queue, JSON messages, nothing stored."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._token = secrets.token_hex(4)
        self._sender = _Sender(redis)
        self._receiver = _Receiver(redis)

    @classmethod
    def open(cls, url: str, *, deadline_ms: int) -> "RedisEvents":
        """A channel over that server; connects when something is sent or listened for."""
        return cls(open_redis(url, deadline_ms=deadline_ms, check_every_s=CHECK_EVERY_S))

    def send(self, event: JobEvent) -> None:
        try:
            message = encode(event, self._origin())
        except (TypeError, ValueError) as error:
            log.warning("An event is not plain JSON and stays here", event_name=event.name.value, error=str(error))
            return
        self._sender.send(f"{CHANNEL_PREFIX}{event.queue}", message)

    def listen(self, hear: Callable[[JobEvent], None]) -> None:
        self._receiver.listen(lambda message: self._receive(message, hear))

    def close(self) -> None:
        self._sender.close()
        self._receiver.close()
        self._redis.close()

    def _receive(self, message: bytes, hear: Callable[[JobEvent], None]) -> None:
        try:
            origin, event = decode(message)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.debug("A message is no event", error=str(error))
            return
        if origin != self._origin():
            hear(event)

    def _origin(self) -> str:
        # Of this process and not of the one that it was forked from, which shares the token.
        return f"{self._token}-{os.getpid()}"


def encode(event: JobEvent, origin: str) -> str:
    """The message. Error texts lose what may be personal data in them; what is too long loses its arguments."""
    data = {"from": origin, **event.to_json()}
    if "failedReason" in data["arguments"]:
        data["arguments"] = mask(data["arguments"])
    message = _in_json(data)
    if len(message) * _LONGEST_CHARACTER <= MESSAGE_LIMIT or len(message.encode()) <= MESSAGE_LIMIT:
        return message
    return json.dumps({**data, "arguments": {"omitted": True}}, ensure_ascii=False)


def decode(message: bytes) -> tuple[str, JobEvent]:
    """Who sent it, and the event."""
    data = json.loads(message)
    return str(data["from"]), JobEvent.from_json(data)


class _Sender:
    """Publishes from a thread that starts with the first message."""

    def __init__(self, redis: Redis) -> None:
        self._lines = Lines(redis)
        # Its `put` may be interrupted and entered again by a signal handler: a job's alarm can ring at any place.
        self._waiting: SimpleQueue[tuple[str, str] | None] = SimpleQueue()
        self._closed = Event()
        self._lock = Lock()
        self._thread: Thread | None = None
        self._failing = False

    def send(self, channel: str, message: str) -> None:
        if self._closed.is_set() or self._waiting.qsize() >= KEPT_AT_MOST:
            return
        self._waiting.put((channel, message))
        if self._thread is None or not self._thread.is_alive():
            self._start()

    def close(self) -> None:
        self._closed.set()
        self._waiting.put(None)
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(CLOSE_WITHIN_S)

    def _start(self) -> None:
        with self._lock:
            # After a fork the thread exists in the parent only, and is_alive() says so.
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="queue-events-out", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                self._publish(batch)
            except Exception as error:  # noqa: BLE001
                # The thread must outlive every accident, also a connection that is closed under its hands.
                self._missed(error)
            else:
                self._failing = False
                self._closed.wait(GAP_S)

    def _next_batch(self) -> list[tuple[str, str]]:
        first = self._waiting.get()
        batch = [] if first is None else [first]
        while batch and len(batch) < BATCH:
            try:
                following = self._waiting.get_nowait()
            except Empty:
                break
            if following is None:
                self._waiting.put(None)
                break
            batch.append(following)
        return batch

    def _publish(self, batch: list[tuple[str, str]]) -> None:
        _PUBLISH.run(self._lines, [_PUBLISH.call(()).complete(*(part for pair in batch for part in pair))])

    def _missed(self, error: Exception) -> None:
        if not self._failing and not self._closed.is_set():
            self._failing = True
            # That Redis is away is said by those who need it: the circuit where jobs are submitted, the turns of a worker.
            tell = log.debug if isinstance(error, AWAY) else log.warning
            tell("Events do not reach other processes", error=type(error).__name__, detail=str(error))
        self._closed.wait(PAUSE_S)


class _Receiver:
    """Listens in a thread that subscribes again after every outage."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._closed = Event()
        self._thread: Thread | None = None

    def listen(self, receive: Callable[[bytes], None]) -> None:
        self._thread = Thread(target=self._run, args=(receive,), name="queue-events-in", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        if self._thread is not None:
            self._thread.join(CLOSE_WITHIN_S)

    def _run(self, receive: Callable[[bytes], None]) -> None:
        while not self._closed.is_set():
            try:
                self._listen(receive)
            except Exception as error:  # noqa: BLE001
                # As above: what cannot be heard now is heard after the next subscription.
                log.debug("Events of other processes are not heard: Redis is away", error=type(error).__name__)
                self._closed.wait(PAUSE_S)

    def _listen(self, receive: Callable[[bytes], None]) -> None:
        with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:  # type: ignore[no-untyped-call]
            subscription.psubscribe(f"{CHANNEL_PREFIX}*")
            while not self._closed.is_set():
                message = subscription.get_message(timeout=0.5)
                if message is not None:
                    receive(message["data"])
