"""Alerting over doubles: facts that a test makes up, a clock that it moves, and a channel that remembers what it was told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from backend.adapters.alerting.assembly import COLLECTIONS
from backend.adapters.documents.alert_desk import DocumentAlertHistory, DocumentDeliveries, DocumentSilences
from backend.adapters.documents.alert_series import DocumentReadings
from backend.adapters.documents.alerts import DocumentAlerts
from backend.adapters.memory.documents import MemoryStore
from backend.clock import FrozenClock
from backend.queues.alerts.book import AlertBook
from backend.queues.alerts.courier import Courier
from backend.queues.alerts.desk import Desk
from backend.queues.alerts.facts import Facts, LastHour, QueueFacts, RedisFacts, Share
from backend.queues.alerts.grouping import rhythm
from backend.queues.alerts.lifecycle import pace
from backend.queues.alerts.rules import rules
from backend.queues.alerts.slo import WINDOWS
from backend.queues.alerts.telling import Telling
from backend.queues.alerts.watch import AlertWatch, Keeping
from backend.queues.names import QUEUES
from backend.settings import load

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
ZERO = timedelta(0)
NO_JOBS = dict.fromkeys(("waiting", "active", "completed", "failed", "delayed", "paused"), 0)
QUIET = QueueFacts(
    counts=NO_JOBS,
    waiting_for=ZERO,
    burst=0,
    dead_letters=0,
    stale=0,
    last_hour=LastHour(0, 0),
    burns=dict.fromkeys(WINDOWS, Share(0, 0)),
    workers=1,
    fallback=Share(0, 0),
)
ALL_IS_WELL = Facts(
    at=NOON,
    queues=dict.fromkeys(QUEUES, QUIET),
    redis=RedisFacts(up=True, memory_percent=10, policy="noeviction"),
    circuit_open_for=ZERO,
    silent_workers=(),
    late_schedules=(),
    outbox_age=ZERO,
)


def with_queue(queue="aiQc", facts=ALL_IS_WELL, *, counts=None, **changes):
    """These facts, with others for one queue; `counts` are laid over zeros."""
    if counts is not None:
        changes["counts"] = NO_JOBS | counts
    return replace(facts, queues={**facts.queues, queue: replace(facts.queues[queue], **changes)})


class NotedChannel:
    """Remembers notices; `failures` are raised first, one per call."""

    def __init__(self, name="noted", hears=("news", "repeat", "escalation", "test")):
        self.name = name
        self.hears = hears
        self.notices = []
        self.failures = []

    def send(self, notice):
        if self.failures:
            raise self.failures.pop(0)
        self.notices.append(notice)


class Done:
    """A thread that has ended: what was to be done in the background is done already."""

    def is_alive(self):
        return False


def at_once(act, _name):
    act()
    return Done()


class Watchtower:
    """One process that evaluates: it sees `facts`, and while it reads them `meanwhile` happens."""

    def __init__(self, *channels, store=None, clock=None, **variables):
        self.settings = load(**{"GACP_ENV": "test", "ENABLE_QUEUE": "true", **{name: str(value) for name, value in variables.items()}})
        self.clock = clock or FrozenClock(NOON)
        self.store = store or MemoryStore()
        self.store.ensure(*COLLECTIONS)
        self.channel = channels[0] if channels else NotedChannel()
        self.facts = ALL_IS_WELL
        self.meanwhile = lambda: None
        self.desk = Desk(
            alerts=DocumentAlerts(self.store),
            silences=DocumentSilences(self.store),
            history=DocumentAlertHistory(self.store),
            deliveries=DocumentDeliveries(self.store),
            readings=DocumentReadings(self.store),
            channels=channels or (self.channel,),
        )
        self.table = rules(self.settings)
        self.book = AlertBook(self.desk, self.table, self.clock, pace=pace(self.settings), link="http://gacp.example")
        self.courier = Courier(self.desk, self.clock, start=at_once)
        self.watch = AlertWatch(
            self._read,
            self.table,
            self.desk,
            self.clock,
            pace=pace(self.settings),
            telling=Telling(self.desk, rhythm(self.settings), link="http://gacp.example"),
            keeping=Keeping(timedelta(days=90), timedelta(days=8)),
        )

    def _read(self):
        self.meanwhile()
        return replace(self.facts, at=self.clock.now())

    def look(self, facts=None):
        """Evaluate once, and send what is due."""
        if facts is not None:
            self.facts = facts
        self.watch.look()
        self.courier.kick()

    def go_on(self, length, facts=None, every=timedelta(seconds=15)):
        """Let time pass, evaluating as the scheduler does."""
        if facts is not None:
            self.facts = facts
        for _ in range(int(length / every)):
            self.clock.move(every)
            self.look()

    @property
    def firing(self):
        return [(alert.slug, alert.queue) for alert in self.book.firing()]

    def told(self, channel=None):
        """Each notice in short: kind, status, and the slugs of its alerts."""
        return [(each["kind"], each["status"], [alert["slug"] for alert in each["alerts"]]) for each in (channel or self.channel).notices]

    def happened(self, *kinds):
        """What the history says, the oldest first."""
        found = [entry for entry in self.book.history(limit=1000).items if not kinds or entry.what in kinds]
        return [(entry.what, entry.slug) for entry in reversed(found)]
