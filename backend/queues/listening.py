"""Tells events to whoever listens, in this process and, through a channel, in all others."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from backend.context import bind
from backend.queues.events import EventName, JobEvent, event_name
from backend.queues.names import require_queue
from backend.telemetry.logs import logger

Listener = Callable[[JobEvent], None]
"""Called in the thread of whoever caused the event: it should be quick. What it raises is logged and harms nobody."""

ANY = "*"
log = logger("queues.events")


class EventChannel(Protocol):
    """Carries events between processes: at most once, in no time that a caller would notice, and never for sure."""

    def send(self, event: JobEvent) -> None:
        """Let other processes know. Never waits, never raises: an event that cannot be carried is dropped."""

    def listen(self, hear: Callable[[JobEvent], None]) -> None:
        """From now on, and again after every outage, call `hear` for each event of another process. Never waits."""

    def close(self) -> None:
        """Carry what was sent so far, for a moment at most, and let go of every connection."""


@dataclass(frozen=True, eq=False)
class _Subscription:
    name: EventName | None
    queue: str | None
    everywhere: bool
    listener: Listener

    def wants(self, event: JobEvent) -> bool:
        return self.name in (None, event.name) and self.queue in (None, event.queue)


class QueueEvents:
    """The listeners of this process. Without a channel nobody else hears, and nothing else is heard."""

    def __init__(self, channel: EventChannel | None = None) -> None:
        self._channel = channel
        self._lock = Lock()
        self._subscriptions: tuple[_Subscription, ...] = ()
        self.heard = channel is not None
        """Whether anybody can hear what is published, here or in another process."""
        self._tuned_in = False

    def on(self, name: str, listener: Listener, *, queue: str | None = None, everywhere: bool = False) -> Callable[[], None]:
        """Call `listener` for every event of that name (`*` for any), of one queue where it is given.

        `everywhere` is Bull's `global:`: also for what happens in other processes. Returns what ends it. Raises InvalidInput
        for an unknown event and NotFound for an unknown queue, each with the nearest name.
        """
        wanted = None if name == ANY else event_name(name)
        added = _Subscription(wanted, require_queue(queue) if queue else None, everywhere, listener)
        with self._lock:
            self._subscribe((*self._subscriptions, added))
        if everywhere:
            self._tune_in()
        return lambda: self._remove(added)

    @property
    def listening(self) -> int:
        """How many listeners there are."""
        return len(self._subscriptions)

    def publish(self, event: JobEvent) -> None:
        """Tell it here, then send it; never raises and never waits for Redis. Call it after the state is written."""
        self._tell(event, self._subscriptions)
        if self._channel is not None:
            self._channel.send(event)

    def close(self) -> None:
        """Let the last events leave, and hear nothing more from elsewhere."""
        if self._channel is not None:
            self._channel.close()

    def _tune_in(self) -> None:
        with self._lock:
            first, self._tuned_in = not self._tuned_in, True
        if first and self._channel is not None:
            self._channel.listen(self._hear)

    def _hear(self, event: JobEvent) -> None:
        with bind(requestId=event.request_id, jobId=event.job_id, queue=event.queue):
            self._tell(event, tuple(each for each in self._subscriptions if each.everywhere))

    def _remove(self, subscription: _Subscription) -> None:
        with self._lock:
            self._subscribe(tuple(each for each in self._subscriptions if each is not subscription))

    def _subscribe(self, subscriptions: tuple[_Subscription, ...]) -> None:
        self._subscriptions = subscriptions
        self.heard = self._channel is not None or bool(subscriptions)

    @staticmethod
    def _tell(event: JobEvent, subscriptions: tuple[_Subscription, ...]) -> None:
        for each in subscriptions:
            if not each.wants(event):
                continue
            try:
                each.listener(event)
            except (Exception, SystemExit):
                # Whoever listens must not fail the job; a time limit that rings here still ends it, being neither of these.
                log.exception("A listener failed", kind=event.name.value, job_id=event.job_id, request_id=event.request_id)
