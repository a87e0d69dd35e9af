"""Keeps inspection appointments in the document store; one document per day makes two bookings of one time impossible."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from backend.adapters.documents.store import Collection, Document, DocumentStore, DuplicateKey, In, Index, Sort, VersionConflict
from backend.certification.ports import Appointment
from backend.certification.repository import Booking
from backend.clock import bangkok_date
from backend.errors import Conflict, NotFound

NAME = "appointments"
DAYS = "inspection_days"
COLLECTIONS = (
    Collection(NAME, (Index(("application_id", "start")), Index(("status", "start")))),
    Collection(DAYS),
)
_BY_START = Sort("start")
_OPEN = In(("PROPOSED", "CONFIRMED", "IN_PROGRESS"))
_ATTEMPTS = 50
_FIELDS = frozenset(field.name for field in fields(Appointment))

Bookings = list[dict[str, Any]]


class DocumentAppointments:
    """The `AppointmentRepository` on any document store."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def get(self, id: str) -> Appointment:
        document = self._store.get(NAME, id)
        if document is None:
            raise NotFound("ไม่พบนัดหมาย / There is no such appointment.")
        return _from_document(document)

    def of_application(self, application_id: str) -> Sequence[Appointment]:
        return [_from_document(row) for row in self._store.find(NAME, {"application_id": application_id}, sort=_BY_START)]

    def upcoming(self, limit: int = 500) -> Sequence[Appointment]:
        return [_from_document(row) for row in self._store.find(NAME, {"status": _OPEN}, sort=_BY_START, limit=limit)]

    def booked(self, days: Sequence[date]) -> Sequence[Booking]:
        found = self._store.find(DAYS, {"id": In(tuple(day.isoformat() for day in days))}, limit=len(days))
        return [Booking(**booking) for day in found for booking in day["bookings"]]

    def reserve(self, appointment: Appointment) -> bool:
        def take(bookings: Bookings) -> Bookings | None:
            if any(booking["appointment_id"] == appointment.id for booking in bookings):
                return bookings
            if any(booking["start"] < appointment.end and appointment.start < booking["end"] for booking in bookings):
                return None
            return [*bookings, {"appointment_id": appointment.id, "start": appointment.start, "end": appointment.end}]

        if not self._change_day(_day_of(appointment), take):
            return False
        try:
            self._store.insert(NAME, {**asdict(appointment), "place": dict(appointment.place)})
        except DuplicateKey:
            return True
        return True

    def update(self, id: str, **fields: object) -> Appointment:
        unknown = fields.keys() - _FIELDS
        if unknown:
            raise TypeError(f"an appointment has no field {', '.join(sorted(unknown))}")
        document = self._store.set_fields(NAME, id, fields)
        if document is None:
            raise NotFound("ไม่พบนัดหมาย / There is no such appointment.")
        return _from_document(document)

    def cancel(self, id: str) -> Appointment:
        appointment = self.get(id)
        if appointment.status != "CANCELLED":
            appointment = self.update(id, status="CANCELLED", sequence=appointment.sequence + 1, sync_status="PENDING")

        def give_back(bookings: Bookings) -> Bookings:
            return [booking for booking in bookings if booking["appointment_id"] != id]

        self._change_day(_day_of(appointment), give_back)
        return appointment

    def _change_day(self, day: str, change: Callable[[Bookings], Bookings | None]) -> bool:
        """Compare and set the bookings of a day; False where `change` refuses."""
        for _ in range(_ATTEMPTS):
            document = self._store.get(DAYS, day)
            before: Bookings = document["bookings"] if document else []
            after = change(before)
            if after is None:
                return False
            if after == before or self._write_day(day, document, after):
                return True
        raise Conflict("วันนี้มีผู้จองพร้อมกันจำนวนมาก โปรดลองใหม่ / Too many are booking this day at once: try again.")

    def _write_day(self, day: str, document: Document | None, bookings: Bookings) -> bool:
        try:
            if document is None:
                self._store.insert(DAYS, {"id": day, "bookings": bookings})
            else:
                self._store.replace(DAYS, {**document, "bookings": bookings}, document["version"])
        except (DuplicateKey, VersionConflict):
            return False
        return True


def _day_of(appointment: Appointment) -> str:
    return bangkok_date(appointment.start).isoformat()


def _from_document(document: Document) -> Appointment:
    return Appointment(**{key: value for key, value in document.items() if key in _FIELDS})
