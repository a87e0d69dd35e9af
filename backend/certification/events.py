"""What happened to an application, in the past tense: frozen values that wait in its outbox until everybody has heard."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from backend.errors import Misconfigured


@dataclass(frozen=True, kw_only=True)
class ApplicationEvent:
    """What every event tells. `event_id` comes from the application, its version and the kind, so a repeat has the same id."""

    event_id: str
    at: datetime
    application_id: str
    application_number: str
    version: int
    request_id: str
    actor_id: str


@dataclass(frozen=True, kw_only=True)
class ApplicationSubmitted(ApplicationEvent):
    """The applicant sent it for the first time; a replacement certificate needs no quality check."""

    request_type: str

    @property
    def run_id(self) -> str:
        """The run of the quality check that this submission asks for."""
        return self.event_id

    @property
    def needs_quality_check(self) -> bool:
        return self.request_type != "REPLACEMENT"


@dataclass(frozen=True, kw_only=True)
class ApplicationResubmitted(ApplicationSubmitted):
    """The applicant sent it again after a revision; `round` counts the revisions."""

    round: int

    @property
    def needs_quality_check(self) -> bool:
        """Always: the run moves it on to document review, also where it ends as SKIPPED."""
        return True


@dataclass(frozen=True, kw_only=True)
class QualityCheckFinished(ApplicationEvent):
    """A run has a result: `status` COMPLETED, DEGRADED or FAILED, `inspection_type` VIDEO, HYBRID or ONSITE.

    `entered_review` says whether it moved the application on, as the run of a submission does and one by hand does not.
    """

    run_id: str
    status: str
    inspection_type: str | None
    entered_review: bool = True


@dataclass(frozen=True, kw_only=True)
class RevisionRequested(ApplicationEvent):
    """The reviewer wants named parts put right until `due_at`."""

    round: int
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApplicationWithdrawn(ApplicationEvent):
    """The applicant does not want it any more: open appointments have to be cancelled."""


@dataclass(frozen=True, kw_only=True)
class InspectionProposed(ApplicationEvent):
    """Appointments were made or called off: each of `appointment_ids` has to be brought up to date in the calendar."""

    run_id: str
    appointment_ids: tuple[str, ...]


_KINDS: dict[str, type[ApplicationEvent]] = {
    kind.__name__: kind
    for kind in (ApplicationSubmitted, ApplicationResubmitted, QualityCheckFinished, RevisionRequested, ApplicationWithdrawn)
}


def to_document(event: ApplicationEvent) -> dict[str, Any]:
    """The event as the document store keeps it."""
    return {"kind": type(event).__name__, **asdict(event)}


def from_document(document: Mapping[str, Any]) -> ApplicationEvent:
    """The event that `to_document` wrote; raises Misconfigured for a kind that this version of the program does not know."""
    fields = dict(document)
    kind = fields.pop("kind", "")
    if kind not in _KINDS:
        raise Misconfigured(f"An application holds an event of the unknown kind {kind!r}; run the version that wrote it.")
    return _KINDS[kind](**fields)
