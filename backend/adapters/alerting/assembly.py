"""Puts alerting together out of the settings: called once, by the composition root."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from backend.adapters.alerting.email import ESCALATED, USUAL, EmailChannel
from backend.adapters.alerting.heartbeat import HttpHeartbeat
from backend.adapters.alerting.log_lines import LogChannel
from backend.adapters.alerting.slack import SlackChannel
from backend.adapters.alerting.webhook import WebhookChannel
from backend.adapters.documents import alert_desk, alert_series, alerts
from backend.adapters.documents.job_facts import DocumentJobFacts
from backend.adapters.documents.store import DocumentStore
from backend.adapters.redis.connection import open_redis
from backend.adapters.redis.sight import ServerSight
from backend.adapters.rq.roster import RqRoster
from backend.certification.ports import Mailer
from backend.clock import Clock
from backend.queues.alerts.alerting import Alerting
from backend.queues.alerts.book import AlertBook
from backend.queues.alerts.courier import Courier
from backend.queues.alerts.desk import Desk
from backend.queues.alerts.grouping import rhythm
from backend.queues.alerts.lifecycle import pace
from backend.queues.alerts.ports import Channel
from backend.queues.alerts.reader import FactsReader, Sources
from backend.queues.alerts.rules import rules
from backend.queues.alerts.slo import objectives
from backend.queues.alerts.telling import Telling
from backend.queues.alerts.watch import AlertWatch, Keeping
from backend.queues.platform import QueuePlatform
from backend.settings import Settings

COLLECTIONS = (*alerts.COLLECTIONS, *alert_desk.COLLECTIONS, *alert_series.COLLECTIONS)
"""To be ensured before alerting is used."""


def build_alerting(
    settings: Settings,
    store: DocumentStore,
    clock: Clock,
    *,
    mailer: Mailer,
    platform: QueuePlatform,
    outbox_since: Callable[[], datetime | None],
) -> Alerting:
    """Everything, connected to nothing yet."""
    table, steadiness = rules(settings), pace(settings)
    desk = Desk(
        alerts=alerts.DocumentAlerts(store),
        silences=alert_desk.DocumentSilences(store),
        history=alert_desk.DocumentAlertHistory(store),
        deliveries=alert_desk.DocumentDeliveries(store),
        readings=alert_series.DocumentReadings(store),
        channels=channels(settings, mailer, clock),
    )
    sight = _sight(settings)
    sources = Sources(
        counts=platform.control.stats,
        jobs=DocumentJobFacts(store),
        ledger=platform.outside.ledger,
        numbers=platform.numbers,
        objectives=objectives(settings),
        schedules=platform.outside.schedules,
        outbox_since=outbox_since,
        circuit=platform.circuit,
        redis=sight,
    )
    watch = AlertWatch(
        FactsReader(sources, settings, clock).read,
        table,
        desk,
        clock,
        pace=steadiness,
        telling=Telling(desk, rhythm(settings), link=settings.base_url),
        keeping=Keeping(timedelta(days=settings.alert_history_days), timedelta(days=settings.alert_readings_days)),
        heartbeat=_heartbeat(settings),
    )
    return Alerting(
        book=AlertBook(desk, table, clock, pace=steadiness, link=settings.base_url),
        watch=watch,
        courier=Courier(desk, clock),
        every=timedelta(seconds=settings.alert_every_s),
        close=sight.close if sight else _nothing,
    )


def channels(settings: Settings, mailer: Mailer, clock: Clock) -> Sequence[Channel]:
    """The log, and what is configured."""
    return tuple(_channels(settings, mailer, clock))


def _channels(settings: Settings, mailer: Mailer, clock: Clock) -> Iterator[Channel]:
    yield LogChannel()
    for name, mailboxes, hears in (
        ("email", settings.alert_email_to, USUAL),
        ("escalation-email", settings.alert_escalation_email_to, ESCALATED),
    ):
        for number, mailbox in enumerate(filter(None, map(str.strip, mailboxes.split(","))), start=1):
            yield EmailChannel(name if number == 1 else f"{name}-{number}", mailbox, mailer, hears)
    if url := settings.alert_webhook_url.get_secret_value():
        secret = settings.alert_webhook_secret.get_secret_value()
        yield WebhookChannel(url, secret, clock, timeout_s=settings.alert_channel_timeout_s)
    if url := settings.alert_slack_url.get_secret_value():
        yield SlackChannel(url, timeout_s=settings.alert_channel_timeout_s)


def _heartbeat(settings: Settings) -> HttpHeartbeat | None:
    url = settings.alert_heartbeat_url.get_secret_value()
    return HttpHeartbeat(url, timeout_s=settings.alert_channel_timeout_s) if url else None


def _sight(settings: Settings) -> ServerSight | None:
    url = settings.effective_redis_url
    if not (settings.enable_queue and url):
        return None
    redis = open_redis(url, deadline_ms=settings.redis_deadline_ms)
    return ServerSight(redis, RqRoster(redis), deadline_ms=settings.redis_deadline_ms)


def _nothing() -> None:
    """There is no connection to let go of."""
