"""The composition root: the one place that makes things, out of the settings; nothing connects before it is used."""

import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from backend import jobs
from backend.accounts.service import AccountService
from backend.accounts.setup import ensure_accounts
from backend.accounts.throttle import Throttle
from backend.adapters.alerting import assembly as alerting
from backend.adapters.documents import (
    applications,
    appointments,
    attempts,
    audit,
    effects,
    people,
    queue_parts,
    run_lengths,
    sessions,
    users,
)
from backend.adapters.documents.store import DocumentStore
from backend.adapters.files.local import LocalFiles
from backend.adapters.google.calendar import GoogleCalendar
from backend.adapters.google.gemini import GeminiReviewer
from backend.adapters.icalendar.feed import ICalendarFeed
from backend.adapters.isolation.parent import ChildIsolation
from backend.adapters.mongo.store import MongoStore
from backend.adapters.opentelemetry import open_tracer
from backend.adapters.pdf.renderer import TypstRenderer
from backend.adapters.redis.events import RedisEvents
from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.roster import RqRoster
from backend.adapters.rq.window import RqWindow, open_window
from backend.adapters.smtp.mailer import SmtpMailer
from backend.adapters.smtp.outbox import OutboxMailer
from backend.adapters.smtp.server import SmtpServer
from backend.adapters.sqlite.store import SqliteStore
from backend.audit.trail import AuditTrail
from backend.certification.correspondence import Correspondence
from backend.certification.inspections import InspectionService
from backend.certification.letters.facts import Office
from backend.certification.policy_rules import PolicyRules
from backend.certification.ports import AiReviewer, Calendar, Effects, FileStore, Mailer, ReportRenderer
from backend.certification.reports import ReportService
from backend.certification.service import CertificationService
from backend.certification.working_days import ThaiHolidays
from backend.clock import Clock, SystemClock
from backend.errors import Unavailable
from backend.events.bus import EventBus
from backend.flows import Flows
from backend.queues import registry
from backend.queues.alerts.alerting import Alerting
from backend.queues.checkup import Checkup, make_checkup
from backend.queues.isolation import Isolation
from backend.queues.listening import EventChannel, QueueEvents
from backend.queues.no_broker import NoBroker
from backend.queues.platform import QueuePlatform, assemble
from backend.queues.ports import Broker
from backend.queues.roster import Roster
from backend.queues.search import JobSearch
from backend.services import Services
from backend.services.counted_effects import CountedEffects
from backend.services.dead_letters import DeadLetterViews
from backend.services.observing import Observed, observe
from backend.services.replays import Replays
from backend.services.search_upkeep import SearchUpkeep
from backend.settings import Settings
from backend.telemetry.tracing import Tracer

ISOLATED = (sys.executable, "-m", "backend.isolated")
COLLECTIONS = (
    *alerting.COLLECTIONS,
    *applications.COLLECTIONS,
    *appointments.COLLECTIONS,
    attempts.ATTEMPTS,
    *audit.COLLECTIONS,
    effects.EFFECTS,
    *queue_parts.COLLECTIONS,
    run_lengths.UPGRADES,
    sessions.SESSIONS,
    users.USERS,
)


@dataclass(frozen=True)
class Parts:
    """What a test hands in instead of the real thing; the rest is made from the settings."""

    clock: Clock = field(default_factory=SystemClock)
    store: DocumentStore | None = None
    files: FileStore | None = None
    broker: Broker | None = None
    mailer: Mailer | None = None
    calendar: Calendar | None = None
    renderer: ReportRenderer | None = None
    ai: AiReviewer | None = None
    isolation: Isolation | None = None
    tracer: Tracer | None = None


@dataclass(frozen=True)
class _Outside:
    """The outside of this process, complete."""

    clock: Clock
    store: DocumentStore
    files: FileStore
    broker: Broker
    mailer: Mailer
    calendar: Calendar
    renderer: ReportRenderer
    ai: AiReviewer | None
    events: QueueEvents
    isolation: Isolation
    tracer: Tracer
    window: RqWindow | None


def build(settings: Settings, parts: Parts | None = None) -> Services:
    """Everything that a process needs, connected; the accounts that the settings promise exist after it.

    Raises Misconfigured for a setting that cannot be used, and Unavailable while the document store is away.
    """
    outside = _outside(settings, parts or Parts())
    try:
        outside.store.ensure(*COLLECTIONS)
    except BaseException:
        outside.store.close()  # whoever tries again brings a store of its own
        raise
    services = replace(_services(settings, outside), tracer=outside.tracer)
    services.queue_platform.use(services, outside.isolation)
    ensure_accounts(services.accounts, settings)
    return services


def _outside(settings: Settings, given: Parts) -> _Outside:
    return _Outside(
        clock=given.clock,
        store=given.store or _store(settings),
        files=given.files or LocalFiles(settings.data_dir / "files"),
        broker=given.broker or _broker(settings),
        mailer=given.mailer or _mailer(settings, given.clock),
        calendar=given.calendar or _calendar(settings, given.clock),
        renderer=given.renderer or TypstRenderer(),
        ai=given.ai or _ai(settings),
        events=QueueEvents(_event_channel(settings)),
        isolation=given.isolation or ChildIsolation(ISOLATED),
        tracer=given.tracer or open_tracer(settings),
        window=open_window(settings),
    )


def _store(settings: Settings) -> DocumentStore:
    if settings.mongodb_uri:
        return MongoStore(settings.mongodb_uri, settings.mongodb_database)
    return SqliteStore(documents_path(settings))


def documents_path(settings: Settings) -> Path:
    """Where the embedded document store lies."""
    return settings.data_dir / "documents.db"


def _broker(settings: Settings) -> Broker:
    url = settings.effective_redis_url
    if not (settings.enable_queue and url):
        return NoBroker()
    return RqBroker.open(url, deadline_ms=settings.redis_deadline_ms)


def _event_channel(settings: Settings) -> EventChannel | None:
    url = settings.effective_redis_url
    return RedisEvents.open(url, deadline_ms=settings.redis_deadline_ms) if settings.enable_queue and url else None


def _mailer(settings: Settings, clock: Clock) -> Mailer:
    url = settings.smtp_url.get_secret_value()
    if url:
        return SmtpMailer(SmtpServer.parse(url), settings.mail_from, clock)
    return OutboxMailer(settings.data_dir / "outbox", settings.mail_from, clock)


def _calendar(settings: Settings, clock: Clock) -> Calendar:
    if settings.google_calendar_id:
        return GoogleCalendar(
            settings.google_calendar_id,
            settings.google_application_credentials,
            settings.base_url,
            endpoint=settings.google_calendar_api_endpoint,
        )
    return ICalendarFeed(settings.data_dir / "calendar", settings.base_url, clock)


def _ai(settings: Settings) -> AiReviewer | None:
    key = settings.gemini_api_key.get_secret_value()
    if settings.ai_provider == "rules" or not key:
        return None
    return GeminiReviewer(key, settings.gemini_model, endpoint=settings.gemini_api_endpoint, timeout_s=settings.gemini_timeout_s)


def _services(settings: Settings, outside: _Outside) -> Services:
    store, clock, bus = outside.store, outside.clock, EventBus()
    repository, booked = applications.DocumentApplications(store), appointments.DocumentAppointments(store)
    platform, holidays = _platform(settings, outside), ThaiHolidays.load()
    done = CountedEffects(effects.DocumentEffects(store, clock), platform.numbers.recorder)
    inspections = InspectionService(
        repository=repository,
        appointments=booked,
        calendar=outside.calendar,
        effects=done,
        publisher=bus,
        holidays=holidays,
        clock=clock,
    )
    since = partial(_outbox_since, repository, clock)
    told = alerting.build_alerting(settings, store, clock, mailer=outside.mailer, platform=platform, outbox_since=since)
    replays = Replays(done, platform.outside.ledger, platform.registry)
    Flows(platform.service, inspections, quality_check_delay_ms=settings.ai_qc_auto_delay_ms).subscribe(bus)
    certification = CertificationService(
        repository=repository,
        appointments=booked,
        files=outside.files,
        publisher=bus,
        rules=PolicyRules(),
        holidays=holidays,
        clock=clock,
        ai=outside.ai,
    )
    checkup = make_checkup(settings, platform, store.ping, outside.window)
    observed = observe(settings, platform, clock, outbox=certification.outbox, roster=_roster(outside))
    return Services(
        settings=settings,
        clock=clock,
        accounts=_accounts(settings, outside),
        certification=certification,
        inspections=inspections,
        correspondence=Correspondence(applications=repository, mailer=outside.mailer, effects=done, office=_office(settings), clock=clock),
        reports=_reports(settings, outside, (repository, booked), certification, done),
        files=outside.files,
        queue_platform=platform,
        alerting=told,
        audit=AuditTrail(audit.DocumentAudit(store), clock),
        replays=replays,
        dead_letters=DeadLetterViews(platform, replays, repository, settings),
        job_search=JobSearch(platform.outside.ledger, clock, people.DocumentPeople(store)),
        search_upkeep=SearchUpkeep(store.catch_up, clock, run_lengths.RunLengths(store).go_on),
        window=outside.window,
        observed=observed,
        checkup=checkup,
        close=lambda: _close(outside, platform, told, checkup, observed),
    )


def _reports(
    settings: Settings,
    outside: _Outside,
    kept: tuple[applications.DocumentApplications, appointments.DocumentAppointments],
    links: CertificationService,
    done: Effects,
) -> ReportService:
    repository, booked = kept
    return ReportService(
        applications=repository,
        appointments=booked,
        links=links,
        renderer=outside.renderer,
        files=outside.files,
        effects=done,
        clock=outside.clock,
        base_url=settings.base_url,
    )


def _roster(outside: _Outside) -> Roster | None:
    return RqRoster(outside.broker.redis) if isinstance(outside.broker, RqBroker) else None


def _office(settings: Settings) -> Office:
    return Office(base_url=settings.base_url, phone=settings.office_phone, new_work=settings.officer_email)


def _outbox_since(repository: applications.DocumentApplications, clock: Clock) -> datetime | None:
    """When the oldest event happened that nobody has published."""
    return next((found.outbox[0].at for found in repository.with_pending_events(1, before=clock.now())), None)


def _platform(settings: Settings, outside: _Outside) -> QueuePlatform:
    return assemble(
        settings,
        clock=outside.clock,
        registry=registry.discover(jobs),
        broker=outside.broker,
        events=outside.events,
        tracer=outside.tracer,
        **queue_parts.queue_parts(outside.store, outside.clock),
    )


def _accounts(settings: Settings, outside: _Outside) -> AccountService:
    store, clock = outside.store, outside.clock
    throttle = Throttle(attempts.DocumentAttempts(store), clock)
    return AccountService(
        users.DocumentUsers(store), sessions.DocumentSessions(store), throttle, clock, session_hours=settings.session_hours
    )


def _close(outside: _Outside, platform: QueuePlatform, told: Alerting, checkup: Checkup, observed: Observed) -> None:
    checkup.close()
    observed.metrics.close()
    told.close()
    with suppress(Unavailable):  # these are numbers only
        platform.numbers.recorder.flush()
        platform.dead.grouping.flush()
    outside.events.close()
    outside.tracer.close()
    if isinstance(outside.broker, RqBroker):
        outside.broker.close()
    if outside.window:
        outside.window.close()
    outside.store.close()
