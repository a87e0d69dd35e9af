"""Use case: make the summary of an application as a PDF, once per event and reader, and link it to the application."""

from collections.abc import Mapping
from typing import Any, Protocol, get_args

from backend import context
from backend.certification.actors import SYSTEM, Actor
from backend.certification.application import ReportLink
from backend.certification.policy import Policy
from backend.certification.ports import Effects, FileStore, ReportRenderer
from backend.certification.report_keys import report_key
from backend.certification.repository import ApplicationRepository, AppointmentRepository
from backend.certification.summary.document import TEMPLATE, application_summary
from backend.certification.summary.subject import Variant
from backend.clock import Clock, bangkok_date, from_iso, to_iso
from backend.errors import FieldError, InvalidInput
from backend.telemetry.logs import logger

log = logger("reports")


class ReportLinks(Protocol):
    """Where a finished report is noted; `CertificationService` is one."""

    def link_report(self, actor: Actor, application_id: str, link: ReportLink) -> object:
        """Note the report; one that is noted already changes nothing. Raises NotFound."""


class ReportService:
    """Renders and keeps reports. `base_url` is where the pages are, for the QR code that leads to the status."""

    def __init__(
        self,
        *,
        applications: ApplicationRepository,
        appointments: AppointmentRepository,
        links: ReportLinks,
        renderer: ReportRenderer,
        files: FileStore,
        effects: Effects,
        clock: Clock,
        base_url: str,
    ) -> None:
        self._applications = applications
        self._appointments = appointments
        self._links = links
        self._renderer = renderer
        self._files = files
        self._effects = effects
        self._clock = clock
        self._base_url = base_url

    def make(self, application_id: str, variant: str, event_id: str) -> Mapping[str, Any]:
        """`{key, variant, sha256, size, createdAt}` of the PDF that this event made due; a repeat gives the same one.

        `variant` is `applicant` (numbers masked, no suspicions) or `officer`. Raises InvalidInput for another one, NotFound,
        PermanentFailure (the report cannot be drawn), Unavailable (the disk refuses) and TemporaryFailure (being made now).
        """
        chosen = _checked(variant)
        key = report_key(application_id, variant, event_id)
        if self._effects.begin(key, "report", subject=application_id, what=chosen):
            try:
                made = self._render(application_id, chosen, key)
            except BaseException:  # a time-out of the job is none of Exception
                self._effects.release(key)
                raise
            self._effects.done(key, made)
            log.info("A report was made", application_id=application_id, variant=chosen, size=made["size"])
        else:
            made = dict(self._effects.outcome(key) or {})
        # Linked on a repeat as well: the first try may have ended between the file and the link.
        link = ReportLink(key=key, variant=chosen, sha256=made["sha256"], created_at=from_iso(made["createdAt"]))
        self._links.link_report(SYSTEM, application_id, link)
        return made

    def _render(self, application_id: str, variant: Variant, key: str) -> dict[str, Any]:
        now = self._clock.now()
        data = application_summary(
            self._applications.get(application_id),
            self._appointments.of_application(application_id),
            variant,
            policy=Policy.in_force(bangkok_date(now)),
            status_url=f"{self._base_url}/applications/{application_id}",
            created_at=now,
            request_id=context.request_id(),
        )
        stored = self._files.put(key, self._renderer.render(TEMPLATE, data))
        return {"key": key, "variant": variant, "sha256": stored.sha256, "size": stored.size, "createdAt": to_iso(now)}


def _checked(variant: str) -> Variant:
    for known in get_args(Variant):
        if variant == known:
            return known  # type: ignore[no-any-return]
    message = f"choose {' or '.join(get_args(Variant))}"
    raise InvalidInput(f"There is no variant {variant!r}", errors=(FieldError("variant", message, "UNKNOWN"),))
