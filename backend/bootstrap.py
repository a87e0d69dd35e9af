"""The composition root: makes everything that stands on the foundation, out of the settings; nothing connects before it is used."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from backend.adapters.alerting import assembly as alerting
from backend.adapters.documents import (
    applications,
    appointments,
    audit,
    effects,
    people,
    run_lengths,
)
from backend.adapters.documents.store import DocumentStore
from backend.adapters.files.local import LocalFiles
from backend.adapters.google.calendar import GoogleCalendar
from backend.adapters.google.gemini import GeminiReviewer
from backend.adapters.icalendar.feed import ICalendarFeed
from backend.adapters.isolation.parent import ChildIsolation
from backend.adapters.pdf.renderer import TypstRenderer
from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.roster import RqRoster
from backend.adapters.rq.window import RqWindow, open_window
from backend.adapters.smtp.mailer import SmtpMailer
from backend.adapters.smtp.outbox import OutboxMailer
from backend.adapters.smtp.server import SmtpServer
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
from backend.events.bus import EventBus
from backend.flows import Flows
from backend.foundation import ISOLATED, Foundation, lay
from backend.queues.alerts.alerting import Alerting
from backend.queues.checkup import Checkup, make_checkup
from backend.queues.isolation import Isolation
from backend.queues.platform import QueuePlatform
from backend.queues.ports import Broker
from backend.queues.roster import Roster
from backend.queues.search import JobSearch
from backend.services import Services
from backend.services.counted_effects import CountedEffects
from backend.services.dead_letters import DeadLetterViews
from backend.services.observing import Observed, observe
from backend.services.replays import Replays
from backend.services.search_upkeep import SearchUpkeep
from backend.services.views import Views
from backend.settings import Settings
from backend.telemetry.tracing import Tracer

COLLECTIONS = (
    *alerting.COLLECTIONS,
    *applications.COLLECTIONS,
    *appointments.COLLECTIONS,
    *audit.COLLECTIONS,
    effects.EFFECTS,
    run_lengths.UPGRADES,
)
"""What the foundation has not ensured already."""


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


def build(settings: Settings, parts: Parts | None = None) -> Services:
    """Everything that a process needs, connected; the accounts that the settings promise exist after it.

    Raises Misconfigured for a setting that cannot be used, and Unavailable while the document store is away.
    """
    given = parts or Parts()
    outside = _outside(settings, given)
    foundation = lay(settings, given.clock, store=given.store, broker=given.broker, tracer=given.tracer)
    try:
        services = _services(foundation, outside)
    except BaseException:
        foundation.close()  # whoever tries again lays one of its own
        raise
    foundation.platform.use(services, given.isolation or ChildIsolation(ISOLATED))
    return services


def furnish(foundation: Foundation) -> Services:
    """Everything else that a job may need, on what a process stands on already. Raises as `build` does."""
    return _services(foundation, _outside(foundation.settings, Parts(clock=foundation.clock)))


@dataclass(frozen=True)
class _Outside:
    """Where the department keeps files and whom it talks to."""

    files: FileStore
    mailer: Mailer
    calendar: Calendar
    renderer: ReportRenderer
    ai: AiReviewer | None


def _outside(settings: Settings, given: Parts) -> _Outside:
    return _Outside(
        files=given.files or LocalFiles(settings.data_dir / "files"),
        mailer=given.mailer or _mailer(settings, given.clock),
        calendar=given.calendar or _calendar(settings, given.clock),
        renderer=given.renderer or TypstRenderer(),
        ai=given.ai or _ai(settings),
    )


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


def _services(foundation: Foundation, outside: _Outside) -> Services:
    settings, store, clock, platform = foundation.settings, foundation.store, foundation.clock, foundation.platform
    store.ensure(*COLLECTIONS)
    repository, booked = applications.DocumentApplications(store), appointments.DocumentAppointments(store)
    bus, holidays, window = EventBus(), ThaiHolidays.load(), open_window(settings)
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
    checkup = make_checkup(settings, platform, store.ping, window)
    observed = observe(settings, platform, clock, outbox=certification.outbox, roster=_roster(platform))
    return Services(
        settings=settings,
        clock=clock,
        accounts=foundation.accounts,
        certification=certification,
        inspections=inspections,
        correspondence=Correspondence(applications=repository, mailer=outside.mailer, effects=done, office=_office(settings), clock=clock),
        reports=_reports(foundation, outside, (repository, booked), certification, done),
        files=outside.files,
        queue_platform=platform,
        alerting=told,
        audit=AuditTrail(audit.DocumentAudit(store), clock),
        replays=replays,
        dead_letters=DeadLetterViews(platform, replays, repository, settings),
        job_search=JobSearch(platform.outside.ledger, clock, people.DocumentPeople(store)),
        search_upkeep=SearchUpkeep(store.catch_up, clock, run_lengths.RunLengths(store).go_on),
        window=window,
        observed=observed,
        checkup=checkup,
        views=Views(platform, replays, checkup, window, foundation.accounts),
        close=lambda: _close(foundation, told, checkup, observed, window),
        tracer=platform.outside.tracer,
    )


def _reports(
    foundation: Foundation,
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
        clock=foundation.clock,
        base_url=foundation.settings.base_url,
    )


def _roster(platform: QueuePlatform) -> Roster | None:
    broker = platform.outside.broker
    return RqRoster(broker.redis) if isinstance(broker, RqBroker) else None


def _office(settings: Settings) -> Office:
    return Office(base_url=settings.base_url, phone=settings.office_phone, new_work=settings.officer_email)


def _outbox_since(repository: applications.DocumentApplications, clock: Clock) -> datetime | None:
    """When the oldest event happened that nobody has published."""
    return next((found.outbox[0].at for found in repository.with_pending_events(1, before=clock.now())), None)


def _close(foundation: Foundation, told: Alerting, checkup: Checkup, observed: Observed, window: RqWindow | None) -> None:
    checkup.close()
    observed.metrics.close()
    told.close()
    if window:
        window.close()
    foundation.close()
