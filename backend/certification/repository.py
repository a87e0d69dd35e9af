"""Where applications and appointments are kept, as the use cases see it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from backend.certification.application import Application
from backend.certification.ports import Appointment, Page


class ApplicationRepository(Protocol):
    """Applications, each one document. Every method may raise Unavailable."""

    def insert(self, application: Application) -> Application:
        """Keep a new one; returns it at version 1. Raises Conflict where the id or the number is taken."""

    def get(self, id: str) -> Application:
        """Raises NotFound."""

    def get_many(self, ids: Collection[str]) -> Mapping[str, Application]:
        """Those of the applications that are there, by id, in one reading; what cannot be read is left out."""

    def save(self, application: Application, expected_version: int) -> Application:
        """Put it in place of the one at `expected_version`; returns it at the next version.

        Raises Conflict, naming the version that is there now, and NotFound.
        """

    def list(self, *, owner_id: str | None = None, status: str | None = None, cursor: str | None = None, limit: int = 50) -> Page:
        """Applications, the latest first; `cursor` is the `next` of the page before."""

    def number_for(self, application_id: str, year_be: int) -> str:
        """A number that no other application gets, counted within the Buddhist year: `GACP-2569-000001`.

        Asked again soon, the same application gets the same number: a double click or a repeated request leaves no gap.
        """

    def outbox(self) -> tuple[int, datetime | None]:
        """How many applications have events in their outbox, and from when the oldest of these is; None where there is none."""

    def with_pending_events(self, limit: int, *, before: datetime) -> Sequence[Application]:
        """Those whose oldest event in the outbox is from before that moment, the longest waiting first."""

    def waiting(self, status: str, *, since_before: datetime, limit: int) -> Sequence[Application]:
        """Those that have been in a state since before that moment, the longest waiting first."""


@dataclass(frozen=True)
class Booking:
    """A time that an appointment takes."""

    appointment_id: str
    start: datetime
    end: datetime


class AppointmentRepository(Protocol):
    """Inspection appointments, and the days on which they take their time."""

    def get(self, id: str) -> Appointment:
        """Raises NotFound."""

    def of_application(self, application_id: str) -> Sequence[Appointment]:
        """All of one application, by start."""

    def upcoming(self, limit: int = 500) -> Sequence[Appointment]:
        """What is not cancelled, by start."""

    def booked(self, days: Sequence[date]) -> Sequence[Booking]:
        """The times that are taken on these days (days in Thailand)."""

    def reserve(self, appointment: Appointment) -> bool:
        """Take the time, then keep the appointment; False where an overlapping time was taken first.

        To reserve again what has this id already is success and changes nothing, also after a crash half-way.
        """

    def update(self, id: str, **fields: object) -> Appointment:
        """Set fields of an appointment (those of its dataclass) and return it. Raises NotFound."""

    def cancel(self, id: str) -> Appointment:
        """Mark it CANCELLED under the next sequence number and give its time back. Raises NotFound."""
