"""What certification needs from outside: each port says what it promises and what it raises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class AiOpinion:
    """What a model said of an application, already parsed; it never decides (see `quality.merge`).

    `dimension_scores` are 0 to 100; `issues` hold code, severity, path, message_th, message_en;
    `recommendations` hold audience and text_th; `confidence` is 0 to 1.
    """

    dimension_scores: Mapping[str, float]
    issues: Sequence[Mapping[str, str]]
    recommendations: Sequence[Mapping[str, str]]
    confidence: float
    model: str
    prompt_version: str
    tokens: int | None = None
    finish_reason: str = "STOP"


class AiReviewer(Protocol):
    """A second reader of the application, such as Gemini."""

    def review(self, facts: Mapping[str, Any]) -> AiOpinion:
        """Read redacted facts (see `quality.redaction`) and give an opinion.

        Raises TemporaryFailure (time-out, 429 with `retry_after`, 5xx), PermanentFailure (blocked, unparseable
        after one repair, truncated) and Misconfigured (key refused).
        """


@dataclass(frozen=True)
class Letter:
    """One e-mail to one person; `key` makes it go out once (sha256 of kind, application, run and recipient)."""

    key: str
    kind: str
    to: str
    subject: str
    text: str
    html: str
    application_id: str = ""


class Mailer(Protocol):
    """Sends letters."""

    def send(self, letter: Letter) -> str:
        """Hand the letter over and return its Message-ID, which is derived from `letter.key`.

        Raises TemporaryFailure (4xx answers, connection lost), PermanentFailure (5xx answers, no such mailbox) and
        Misconfigured (sign-in refused, certificate not trusted).
        """


@dataclass(frozen=True)
class Appointment:
    """An inspection on a day: `start` and `end` are aware UTC; `status` as in domain.md f.1."""

    id: str
    application_id: str
    application_number: str
    type: str  # VIDEO | HYBRID_VIDEO | HYBRID_ONSITE | ONSITE
    start: datetime
    end: datetime
    status: str = "PROPOSED"
    sequence: int = 0
    place: Mapping[str, Any] = field(default_factory=dict)  # lat, lng, address_text
    meeting_url: str = ""
    event_id: str = ""
    html_link: str = ""
    sync_status: str = "PENDING"  # PENDING | SYNCED | FAILED
    last_error: str = ""


@dataclass(frozen=True)
class CalendarEntry:
    """Where a calendar keeps an appointment; `meeting_url` where it opened a video room for it."""

    event_id: str
    html_link: str
    meeting_url: str = ""


class Calendar(Protocol):
    """Keeps appointments where officers see them: Google Calendar or an iCalendar feed."""

    def put(self, appointment: Appointment) -> CalendarEntry:
        """Write the appointment, or bring the entry it already has up to date; the entry's id is derived from
        `appointment.id`, so that a repeat changes nothing.

        Raises TemporaryFailure (429, 5xx, rate limit), PermanentFailure (400, 404) and Misconfigured (401, 403).
        """

    def cancel(self, appointment: Appointment) -> None:
        """Mark the entry as cancelled; one that is gone already is success. Raises as `put`."""


class ReportRenderer(Protocol):
    """Makes PDF files."""

    def render(self, template: str, data: Mapping[str, Any]) -> bytes:
        """The PDF of a template (such as `application-summary`) filled with JSON data.

        Raises PermanentFailure where the template or the data is at fault.
        """


@dataclass(frozen=True)
class StoredFile:
    """A file that was kept: `key` finds it again."""

    key: str
    size: int
    sha256: str


class FileStore(Protocol):
    """Keeps bytes under keys of ASCII letters, digits, `/`, `-`, `_` and `.`."""

    def put(self, key: str, content: bytes) -> StoredFile:
        """Write whole or not at all; an existing key is replaced. Raises Unavailable where the disk refuses."""

    def get(self, key: str) -> bytes:
        """The bytes; raises NotFound."""

    def delete(self, key: str) -> None:
        """Remove it; one that is gone already is success."""

    def exists(self, key: str) -> bool:
        """Whether the key is there."""


class EventPublisher(Protocol):
    """Where certification says what happened."""

    def publish(self, event: object) -> None:
        """Tell everybody who listens; raises where a listener failed, so that the caller keeps the event for later."""


@dataclass(frozen=True)
class Effect:
    """Something that was done to the outside, or is being done: `kind` (letter, report, calendar), `what` more closely.

    `subject` is the application it is about; `outcome` is what `Effects.done` recorded.
    """

    key: str
    kind: str
    subject: str = ""
    what: str = ""
    done: bool = False
    began_at: datetime | None = None
    done_at: datetime | None = None
    outcome: Mapping[str, Any] = field(default_factory=dict)


class Effects(Protocol):
    """The ledger of what was done to the outside, so that it is done once."""

    def begin(self, key: str, kind: str, *, subject: str = "", what: str = "") -> bool:
        """Reserve the effect: True for the one caller that may do it now, False where it is done.

        Raises TemporaryFailure while another holds the reservation (it lapses after a lease, or with its holder).
        """

    def done(self, key: str, outcome: Mapping[str, Any]) -> None:
        """It was done: never again."""

    def release(self, key: str) -> None:
        """It failed before anything left the house: may be tried again at once."""

    def outcome(self, key: str) -> Mapping[str, Any] | None:
        """What `done` recorded, or None."""

    def of(self, subject: str) -> Sequence[Effect]:
        """All about that application, in the order in which they began."""

    def find(self, key: str) -> Effect | None:
        """The effect of that key, or None where nobody has begun it."""


@dataclass(frozen=True)
class Page:
    """One page of a list; `next` is the cursor of the following page, or None at the end."""

    items: Sequence[Any]
    next: str | None = None


class HolidayTable(Protocol):
    """Thai public holidays."""

    def is_holiday(self, day: date) -> bool:
        """Whether offices are closed that day, week-ends not counted."""
