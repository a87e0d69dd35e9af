"""Every use case of certification as one object: what edges, jobs and the scheduler call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from backend.certification.actors import Actor
from backend.certification.application import Application, ReportLink
from backend.certification.changes import Changes
from backend.certification.drafting import Drafting
from backend.certification.form import FileFacts
from backend.certification.importing import Importing
from backend.certification.ports import AiReviewer, EventPublisher, FileStore, HolidayTable, Page
from backend.certification.quality_check import QualityCheck
from backend.certification.repository import ApplicationRepository, AppointmentRepository
from backend.certification.reviewing import Reviewing
from backend.certification.rulebook import RuleBook
from backend.certification.submission import Submitting
from backend.certification.uploads import Uploads
from backend.certification.views import application_json_for, quality_for_applicant
from backend.clock import Clock, bangkok_date

MAX_PAGE = 200


def _new_id() -> str:
    return uuid4().hex


class CertificationService:
    """A facade: each method is one use case, described where it is done (see the class it hands over to).

    Every method that takes an `actor` raises NotFound for an application that is not theirs to see.
    """

    def __init__(
        self,
        *,
        repository: ApplicationRepository,
        appointments: AppointmentRepository,
        files: FileStore,
        publisher: EventPublisher,
        rules: RuleBook,
        holidays: HolidayTable,
        clock: Clock,
        ai: AiReviewer | None = None,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        self._repository = repository
        self._appointments = appointments
        self._rules = rules
        self._clock = clock
        self._changes = Changes(repository, publisher, clock)
        self._drafting = Drafting(self._changes, new_id)
        self._importing = Importing(self._changes, self._drafting, files)
        self._uploads = Uploads(self._changes, files, new_id)
        self._submitting = Submitting(self._changes, rules)
        self._reviewing = Reviewing(self._changes, holidays)
        self._quality = QualityCheck(self._changes, rules, ai)

    def get(self, actor: Actor, application_id: str) -> Application:
        """One application."""
        return self._changes.visible(actor, application_id)

    def list(self, actor: Actor, *, status: str | None = None, cursor: str | None = None, limit: int = 50) -> Page:
        """A page of applications, the latest first: farmers get their own, staff all."""
        owner_id = None if actor.is_staff else actor.id
        return self._repository.list(owner_id=owner_id, status=status, cursor=cursor, limit=max(1, min(limit, MAX_PAGE)))

    def to_json(self, actor: Actor, application: Application) -> dict[str, Any]:
        """The application with its appointments as JSON, as far as that person may see it."""
        return application_json_for(actor, application, self._appointments.of_application(application.id))

    def create(self, actor: Actor, data: Mapping[str, Any], owner: Actor | None = None) -> Application:
        """Begin a draft: see `Drafting.create`."""
        return self._drafting.create(actor, data, owner)

    def import_draft(self, actor: Actor, data: Mapping[str, Any], owner: Actor) -> Application:
        """Make a draft of a file: see `Importing.import_draft`."""
        return self._importing.import_draft(actor, data, owner)

    def edit(self, actor: Actor, application_id: str, patch: Mapping[str, Any], version: int | None = None) -> Application:
        """Apply a JSON merge patch to the form: see `Drafting.edit`."""
        return self._drafting.edit(actor, application_id, patch, version)

    def attach(
        self,
        actor: Actor,
        application_id: str,
        slot: str,
        file_name: str,
        content: bytes,
        *,
        facts: Mapping[str, Any] | None = None,
        version: int | None = None,
    ) -> Application:
        """Put a file behind a slot: see `Uploads.attach`."""
        return self._uploads.attach(actor, application_id, slot, file_name, content, facts=facts, version=version)

    def open_file(self, actor: Actor, application_id: str, file_id: str) -> tuple[FileFacts, bytes]:
        """A document or photo: see `Uploads.open`."""
        return self._uploads.open(actor, application_id, file_id)

    def remove_file(self, actor: Actor, application_id: str, file_id: str, version: int | None = None) -> Application:
        """Take a file off the form: see `Drafting.remove_file`."""
        return self._drafting.remove_file(actor, application_id, file_id, version)

    def check(self, actor: Actor, application_id: str) -> dict[str, Any]:
        """The same rules as at submission and in the quality check, without saving anything: see `RuleBook.precheck`."""
        application = self._changes.visible(actor, application_id)
        answer = self._rules.precheck(application.form, bangkok_date(self._clock.now()))
        return answer if actor.is_staff else {**answer, "qc": quality_for_applicant(answer["qc"])}

    def submit(self, actor: Actor, application_id: str, version: int | None = None) -> Application:
        """Hand in a draft: see `Submitting.submit`."""
        return self._submitting.submit(actor, application_id, version)

    def resubmit(self, actor: Actor, application_id: str, version: int | None = None) -> Application:
        """Hand in a revision: see `Submitting.resubmit`."""
        return self._submitting.resubmit(actor, application_id, version)

    def withdraw(self, actor: Actor, application_id: str, reason: str = "") -> Application:
        """Give the application up: see `Submitting.withdraw`."""
        return self._submitting.withdraw(actor, application_id, reason)

    def request_revision(
        self,
        actor: Actor,
        application_id: str,
        items: Sequence[Mapping[str, Any]],
        comment: str,
        *,
        due_on: date | None = None,
        version: int | None = None,
    ) -> Application:
        """Send the application back: see `Reviewing.request_revision`."""
        return self._reviewing.request_revision(actor, application_id, items, comment, due_on=due_on, version=version)

    def request_quality_check(self, actor: Actor, application_id: str) -> str:
        """The run id for a check by hand: see `QualityCheck.request`."""
        return self._quality.request(actor, application_id)

    def run_quality_check(self, application_id: str, run_id: str, attempts: int = 1) -> dict[str, Any]:
        """Run the check: see `QualityCheck.run`."""
        return self._quality.run(application_id, run_id, attempts)

    def degrade_quality_check(self, application_id: str, run_id: str, reason: str, attempts: int) -> dict[str, Any]:
        """Give the check up, the application goes on: see `QualityCheck.degrade`."""
        return self._quality.degrade(application_id, run_id, reason, attempts)

    def forward_stuck(self, older_than: timedelta = timedelta(minutes=15), limit: int = 100) -> int:
        """Move on what waits in vain for its check: see `QualityCheck.forward_stuck`."""
        return self._quality.forward_stuck(older_than, limit)

    def outbox(self) -> tuple[int, datetime | None]:
        """How many applications have events that somebody has not heard, and from when the oldest of these is."""
        return self._changes.repository.outbox()

    def publish_pending(self, limit: int = 100) -> int:
        """Tell again what somebody failed to hear: see `Changes.publish_pending`."""
        return self._changes.publish_pending(limit)

    def untold(self, *, before: datetime, limit: int = 100) -> Sequence[str]:
        """The ids of applications with an event from before then that somebody has not heard, the oldest first."""
        return [application.id for application in self._changes.repository.with_pending_events(limit, before=before)]

    def link_report(self, actor: Actor, application_id: str, link: ReportLink) -> Application:
        """Note a report that was made of the application; one of the same variant takes the place of the one before."""
        act = self._changes.act(actor)

        def change(application: Application) -> Application:
            if link in application.reports:
                return application
            others = tuple(report for report in application.reports if report.variant != link.variant)
            return replace(application.record("report_made", act, reason=link.variant), reports=(*others, link))

        return self._changes.apply(application_id, change)
