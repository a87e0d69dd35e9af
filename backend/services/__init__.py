"""The use cases that an edge may call, handed down as one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every job type names this class, and an idle worker needs nothing of what it stands for
    from collections.abc import Callable

    from backend.accounts.service import AccountService
    from backend.audit.trail import AuditTrail
    from backend.certification.correspondence import Correspondence
    from backend.certification.inspections import InspectionService
    from backend.certification.ports import FileStore
    from backend.certification.reports import ReportService
    from backend.certification.service import CertificationService
    from backend.clock import Clock
    from backend.queues.alerts.alerting import Alerting
    from backend.queues.checkup import Checkup
    from backend.queues.control import QueueControl
    from backend.queues.job_control import JobControl
    from backend.queues.platform import QueuePlatform
    from backend.queues.search import JobSearch
    from backend.queues.service import QueueService
    from backend.queues.window import Window
    from backend.services.dead_letters import DeadLetterViews
    from backend.services.insight import Insight
    from backend.services.job_debug import JobDebug
    from backend.services.job_why import JobWhy
    from backend.services.metrics_page import MetricsPage
    from backend.services.observing import Observed
    from backend.services.people import People
    from backend.services.replays import Replays
    from backend.services.rq_acts import RqActs
    from backend.services.search_upkeep import SearchUpkeep
    from backend.services.views import Views
    from backend.settings import Settings
    from backend.telemetry.tracing import Tracer


@dataclass(frozen=True)
class Services:
    """Everything that was built for this process; made only by `bootstrap.build`."""

    settings: Settings
    clock: Clock
    accounts: AccountService
    certification: CertificationService
    inspections: InspectionService
    correspondence: Correspondence
    reports: ReportService
    files: FileStore
    queue_platform: QueuePlatform
    replays: Replays
    dead_letters: DeadLetterViews
    alerting: Alerting
    job_search: JobSearch
    search_upkeep: SearchUpkeep
    audit: AuditTrail
    observed: Observed
    window: Window | None
    """What RQ's own tools see in Redis; None where jobs do not go there."""
    checkup: Checkup
    views: Views
    close: Callable[[], None]
    """Lets go of every connection; safe to repeat."""
    tracer: Tracer

    @property
    def queues(self) -> QueueService:
        """Submits jobs and looks them up."""
        return self.queue_platform.service

    @property
    def metrics(self) -> MetricsPage:
        """What Prometheus reads."""
        return self.observed.metrics

    @property
    def insight(self) -> Insight:
        """How the apps have been doing."""
        return self.observed.insight

    @property
    def job_control(self) -> JobControl:
        """Retries, promotes, cancels, removes and changes single jobs."""
        return self.queue_platform.job_control

    @property
    def job_debug(self) -> JobDebug:
        """Everything that is known of one job."""
        return self.views.job_debug()

    @property
    def job_why(self) -> JobWhy:
        """Why a job waits."""
        return self.views.job_why()

    @property
    def people(self) -> People:
        """The names behind the ids of accounts."""
        return self.views.people()

    @property
    def rq_acts(self) -> RqActs:
        """What the buttons of rq-dashboard mean. Raises Conflict where jobs do not go to Redis."""
        return self.views.rq_acts()

    @property
    def queue_control(self) -> QueueControl:
        """Counts, pauses, resumes and cleans."""
        return self.queue_platform.control
