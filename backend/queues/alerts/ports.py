"""What alerts need from outside: each port says what it promises and what it raises."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from backend.queues.alerts.facts import Failure, RedisFacts
from backend.queues.alerts.records import Alert, Delivery, Group, HistoryEntry, Silence
from backend.queues.roster import WorkerSeen


@dataclass(frozen=True)
class AlertPage:
    """One page of alerts; `next` is the cursor of the following page, or None at the end."""

    items: Sequence[Alert]
    next: str | None = None


@dataclass(frozen=True)
class HistoryPage:
    """One page of the history; `next` as in `AlertPage`."""

    items: Sequence[HistoryEntry]
    next: str | None = None


class Alerts(Protocol):
    """Every alert, and what people were told. A write is durable when the call returns; any method may raise Unavailable."""

    def open(self) -> Sequence[Alert]:
        """Those that are pending or firing, the oldest first."""

    def get(self, id: str) -> Alert:
        """The alert; raises NotFound."""

    def last(self, fingerprint: str) -> Alert | None:
        """The one of this fingerprint that was resolved last, or None."""

    def page(self, *, slug: str | None = None, queue: str | None = None, cursor: str | None = None, limit: int = 50) -> AlertPage:
        """Alerts that were raised, the newest first."""

    def save(self, alert: Alert) -> Alert:
        """Add it (at version 0) or write it over the version it was made from; returns it one version higher.

        Raises Conflict where it changed meanwhile or is gone, and where another alert of its fingerprint is open.
        """

    def save_many(self, alerts: Sequence[Alert]) -> Mapping[str, Alert]:
        """`save` of many that are there, in one write; those written, one version higher, by id. The others had changed meanwhile."""

    def drop(self, alert: Alert) -> None:
        """Forget one that was never raised; one that is gone already is success."""

    def groups(self) -> Mapping[str, Group]:
        """What was told, by queue."""

    def save_group(self, group: Group) -> Group:
        """As `save`."""

    def forget(self, before: datetime) -> int:
        """Forget what was resolved before then; returns how many."""


class Silences(Protocol):
    """What somebody does not want to hear. Any method may raise Unavailable."""

    def all(self, *, since: datetime | None = None) -> Sequence[Silence]:
        """Every silence that had not ended at that moment, the one that ends first in front; all where none is given."""

    def get(self, id: str) -> Silence:
        """Raises NotFound."""

    def save(self, silence: Silence) -> Silence:
        """As `Alerts.save`; raises Conflict."""

    def forget(self, before: datetime) -> int:
        """Forget what had ended by then; returns how many."""


class AlertHistory(Protocol):
    """What happened to alerts and silences, for people. Any method may raise Unavailable."""

    def add(self, entries: Sequence[HistoryEntry]) -> None:
        """Keep these lines."""

    def page(
        self,
        *,
        alert_id: str | None = None,
        slug: str | None = None,
        queue: str | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> HistoryPage:
        """Lines from that moment on, the newest first."""

    def forget(self, before: datetime) -> int:
        """Forget lines from before then; returns how many."""


class Deliveries(Protocol):
    """Notices on their way. Survives restarts; any method may raise Unavailable."""

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Keep those whose ids are not there yet, or were there before."""

    def channels_due(self, now: datetime) -> Sequence[str]:
        """The names of the channels over which something is to be sent now."""

    def claim(self, channel: str, now: datetime, until: datetime) -> Delivery | None:
        """The next notice to be sent over the channel, for this caller alone until then; None where there is none."""

    def sent(self, id: str, now: datetime) -> None:
        """It has arrived."""

    def failed(self, id: str, error: str, next_at: datetime | None) -> None:
        """It has not arrived: try again at that moment, or never where none is given."""

    def forget(self, before: datetime) -> int:
        """Forget what was made before then, whatever became of it; returns how many."""


@dataclass(frozen=True)
class MinuteReadings:
    """What the rules measured in one minute (since 1970): the numbers that are not 0 by rule and labels, and the rules of which
    nothing was known."""

    minute: int
    values: Mapping[str, float]
    unknown: Sequence[str] = ()


class Readings(Protocol):
    """What the rules measured, by the minute. Any method may raise Unavailable."""

    def add(self, readings: MinuteReadings) -> None:
        """Keep them; those of a minute that is there already are replaced."""

    def of(self, rule: str, since: int, until: int) -> Sequence[MinuteReadings]:
        """The minutes from the first up to and without the last that are kept, in order, with the numbers of that rule."""

    def forget(self, before: int) -> int:
        """Forget the hours that were over in that minute; returns how many."""


class JobFacts(Protocol):
    """What the ledger tells about failures, in a time that does not depend on how many there are. May raise Unavailable."""

    def failed_since(self, queue: str, since: datetime) -> int:
        """How many of the queue's jobs have failed for good since then."""

    def newest_failure(self, queue: str) -> Failure | None:
        """The job of the queue that failed last."""


class RedisSight(Protocol):
    """Redis as an administrator sees it, within one deadline."""

    def look(self) -> RedisFacts:
        """Its memory and policy. Raises BrokerUnavailable."""

    def workers(self) -> Sequence[WorkerSeen]:
        """Every worker that has been heard of lately. Raises BrokerUnavailable."""


class Channel(Protocol):
    """A way to tell people or programs."""

    @property
    def name(self) -> str:
        """Unique, and without an address: it is shown and logged."""

    @property
    def hears(self) -> Collection[str]:
        """The kinds of notices that are sent over it."""

    def send(self, notice: Mapping[str, Any]) -> None:
        """Hand it over within the time-out of the channel.

        Raises TemporaryFailure where trying again can help, PermanentFailure where it cannot, and Misconfigured.
        """


class Heartbeat(Protocol):
    """Tells somebody outside that alerts are evaluated."""

    def beat(self) -> None:
        """Never raises, and returns at once."""
