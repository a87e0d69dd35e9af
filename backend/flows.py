"""When X happened, do Y: the department's whole process on one page."""

from typing import Unpack

from pydantic import BaseModel

from backend.certification.events import (
    ApplicationEvent,
    ApplicationResubmitted,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    InspectionProposed,
    QualityCheckFinished,
    RevisionRequested,
)
from backend.certification.inspections import InspectionService
from backend.events.bus import EventBus
from backend.jobs.make_report import MakeReport, make_report
from backend.jobs.run_ai_qc import RunAiQc, run_ai_qc
from backend.jobs.send_letter import SendLetter, send_letter
from backend.jobs.sync_appointment import SyncAppointment, sync_appointment
from backend.queues.jobs import JobType
from backend.queues.options import OptionFields
from backend.queues.service import QueueService

AUTOMATIC_PRIORITY = 7  # behind the runs that somebody waits for, which have 5 (1 is first)


class Flows:
    """Turns events into jobs; a job's id comes from its event, so an event told twice makes one job."""

    def __init__(self, queues: QueueService, inspections: InspectionService, *, quality_check_delay_ms: int = 5000) -> None:
        self._queues = queues
        self._inspections = inspections
        self._delay = quality_check_delay_ms

    def subscribe(self, bus: EventBus) -> None:
        """The table: what follows from what."""
        for submitted in (ApplicationSubmitted, ApplicationResubmitted):
            bus.subscribe(submitted, self.acknowledge)
            bus.subscribe(submitted, self.check_quality)
        bus.subscribe(QualityCheckFinished, self.tell_result)
        bus.subscribe(QualityCheckFinished, self.propose_inspection)
        bus.subscribe(QualityCheckFinished, self.make_summaries)
        bus.subscribe(InspectionProposed, self.put_into_calendar)
        bus.subscribe(RevisionRequested, self.ask_for_revision)
        bus.subscribe(ApplicationWithdrawn, self.call_off_inspection)

    def acknowledge(self, event: ApplicationSubmitted) -> None:
        """The applicant learns that it arrived; with nothing to check, officers learn of it and the summary is made at once."""
        self._letter("application.submitted", event)
        if not event.needs_quality_check:
            self._letter("new-application", event)
            self.make_summaries(event)

    def check_quality(self, event: ApplicationSubmitted) -> None:
        """The delay lets a database with replicas show the submission before a worker reads it."""
        if event.needs_quality_check:
            payload = RunAiQc(application_id=event.application_id, run_id=event.run_id)
            self._submit(run_ai_qc, payload, event, priority=AUTOMATIC_PRIORITY, delay=self._delay)

    def tell_result(self, event: QualityCheckFinished) -> None:
        """The applicant learns what was found and what to put right; officers learn of new work, not of a run of their own."""
        self._letter("qc.completed", event)
        if event.entered_review:
            self._letter("new-application", event)

    def propose_inspection(self, event: QualityCheckFinished) -> None:
        """A day is proposed at once; officers confirm or move it."""
        self._inspections.propose(event.application_id, event.run_id)

    def make_summaries(self, event: ApplicationEvent) -> None:
        """One PDF for the applicant, and one for officers with what only they may see."""
        for variant in ("applicant", "officer"):
            payload = MakeReport(application_id=event.application_id, variant=variant, event_id=event.event_id)
            self._submit(make_report, payload, event, part=variant)

    def put_into_calendar(self, event: InspectionProposed) -> None:
        for appointment_id in event.appointment_ids:
            part = appointment_id.removeprefix(event.application_id).strip("-")
            self._submit(sync_appointment, SyncAppointment(appointment_id=appointment_id), event, part=part)

    def ask_for_revision(self, event: RevisionRequested) -> None:
        """The applicant gets the complete list, once."""
        self._letter("status-change.revision", event)

    def call_off_inspection(self, event: ApplicationWithdrawn) -> None:
        self._inspections.call_off(event.application_id)

    def _letter(self, kind: str, event: ApplicationEvent) -> None:
        payload = SendLetter(kind=kind, application_id=event.application_id, event_id=event.event_id)
        self._submit(send_letter, payload, event, part=kind)

    def _submit(
        self, job_type: JobType, payload: BaseModel, event: ApplicationEvent, *, part: str = "", **options: Unpack[OptionFields]
    ) -> None:
        """One job per event, type and part: the same event told twice asks for the same job id."""
        words = (job_type.name, part.replace(".", "-"), event.event_id)
        options["job_id"] = "-".join(word for word in words if word)
        self._queues.submit(job_type, payload, subject=event.application_id, requested_by=event.actor_id, **options)
