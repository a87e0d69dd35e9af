"""The use cases that an edge may call, handed down as one object."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.accounts.service import AccountService
from backend.audit.trail import AuditTrail
from backend.certification.correspondence import Correspondence
from backend.certification.inspections import InspectionService
from backend.certification.ports import FileStore
from backend.certification.reports import ReportService
from backend.certification.service import CertificationService
from backend.clock import Clock
from backend.queues.control import QueueControl
from backend.queues.job_control import JobControl
from backend.queues.platform import QueuePlatform
from backend.queues.service import QueueService
from backend.services.replays import Replays
from backend.settings import Settings


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
    audit: AuditTrail
    ping_store: Callable[[], None]
    """Raises Unavailable while the document store is away."""
    close: Callable[[], None]
    """Lets go of every connection; safe to repeat."""

    @property
    def queues(self) -> QueueService:
        """Submits jobs and looks them up."""
        return self.queue_platform.service

    @property
    def job_control(self) -> JobControl:
        """Retries, promotes, cancels, removes and changes single jobs."""
        return self.queue_platform.job_control

    @property
    def queue_control(self) -> QueueControl:
        """Counts, pauses, resumes and cleans."""
        return self.queue_platform.control
