"""Carries notices to their channels: one thread for each channel that has something to send, none of which holds up anybody."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from backend.clock import Clock
from backend.errors import GacpError, Misconfigured, PermanentFailure, Unavailable
from backend.queues.alerts.desk import Desk
from backend.queues.alerts.ports import Channel
from backend.queues.alerts.records import QUEUE, Delivery, Happening, HistoryEntry
from backend.telemetry.logs import logger

LEASE = timedelta(minutes=2)
"""So long one sender has a notice for itself: longer than any channel takes."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
GIVEN_UP_AFTER = timedelta(hours=24)
Start = Callable[[Callable[[], None], str], threading.Thread]
log = logger("queues.alerts")


def in_background(act: Callable[[], None], name: str) -> threading.Thread:
    """A thread that does it, and that no process waits for at its end: what was not sent is still in the store."""
    thread = threading.Thread(target=act, name=name, daemon=True)
    thread.start()
    return thread


class Courier:
    """Sends what is due. A notice that does not arrive is tried again after 5 s, 10 s, … 15 min, and given up after a day; one that
    a channel refuses for good is given up at once."""

    def __init__(self, desk: Desk, clock: Clock, *, start: Start = in_background) -> None:
        self._desk = desk
        self._channels = {channel.name: channel for channel in desk.channels}
        self._clock = clock
        self._start = start
        self._senders: dict[str, threading.Thread] = {}

    def kick(self) -> None:
        """Have everything sent that is due, and return at once. May raise Unavailable."""
        for name in self._desk.deliveries.channels_due(self._clock.now()):
            sender = self._senders.get(name)
            if sender is None or not sender.is_alive():
                self._senders[name] = self._start(partial(self._send_guarded, name), f"alerts-{name}")

    def send_due(self, name: str) -> int:
        """Send over that channel what is due, one after the other; returns how many arrived. May raise Unavailable."""
        arrived = 0
        while True:
            now = self._clock.now()
            delivery = self._desk.deliveries.claim(name, now, now + LEASE)
            if delivery is None:
                return arrived
            arrived += self._send(delivery)

    def _send(self, delivery: Delivery) -> bool:
        try:
            self._channel(delivery.channel).send(delivery.notice)
        except Exception as error:  # noqa: BLE001
            # Whatever a channel raises is the trouble of this notice alone.
            self._failed(delivery, error)
            return False
        now = self._clock.now()
        self._desk.deliveries.sent(delivery.id, now)
        self._desk.history.add(_lines(delivery, "notified", now, f"{delivery.channel}: {delivery.notice['kind']}"))
        return True

    def _channel(self, name: str) -> Channel:
        if name not in self._channels:
            raise PermanentFailure("There is no such channel any more")
        return self._channels[name]

    def _failed(self, delivery: Delivery, error: Exception) -> None:
        now, words = self._clock.now(), f"{type(error).__name__}: {error}" if isinstance(error, GacpError) else type(error).__name__
        next_at = now + wait_after(delivery.tries, error)
        if isinstance(error, PermanentFailure) or next_at - delivery.created_at > GIVEN_UP_AFTER:
            self._desk.deliveries.failed(delivery.id, words, None)
            self._desk.history.add(_lines(delivery, "undelivered", now, f"{delivery.channel}: {words}"))
            log.error("A notice about alerts was given up", channel=delivery.channel, tries=delivery.tries + 1, error=words)
            return
        self._desk.deliveries.failed(delivery.id, words, next_at)
        say = log.error if isinstance(error, Misconfigured) else log.warning
        say("A notice about alerts did not arrive and will be tried again", channel=delivery.channel, tries=delivery.tries + 1, error=words)

    def _send_guarded(self, name: str) -> None:
        try:
            self.send_due(name)
        except Unavailable as error:
            log.info("Notices about alerts are sent later: the document store is away", channel=name, detail=str(error))
        except Exception:
            # Nobody waits for this thread, who would hear of it otherwise.
            log.exception("Notices about alerts could not be sent", channel=name)


def wait_after(tries: int, error: Exception) -> timedelta:
    """How long to wait after so many tries before this one: what the channel asks for, or twice as long each time."""
    asked = getattr(error, "retry_after", None)
    wait = timedelta(seconds=asked) if asked else FIRST_WAIT * (1 << min(tries, 10))
    return min(wait, LONGEST_WAIT)


def _lines(delivery: Delivery, what: Happening, now: datetime, detail: str) -> list[HistoryEntry]:
    """One line for each alert that the notice is about."""
    return [
        HistoryEntry(now, what, each["id"], each["slug"], each["labels"].get(QUEUE, ""), each["severity"], detail=detail)
        for each in delivery.notice["alerts"]
    ]
