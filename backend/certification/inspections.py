"""Use cases around inspection appointments: propose, call off, and keep the calendar up to date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backend import context
from backend.certification.actors import SYSTEM
from backend.certification.application import Application
from backend.certification.appointments import PARTS, appointment_id
from backend.certification.events import InspectionProposed
from backend.certification.ports import Appointment, Calendar, Effects, EventPublisher, HolidayTable
from backend.certification.repository import ApplicationRepository, AppointmentRepository
from backend.certification.states import Status
from backend.certification.timetable import days_from, earliest_day, free_slots
from backend.clock import Clock
from backend.errors import Conflict
from backend.telemetry.logs import logger

CANCELLED, PROPOSED = "CANCELLED", "PROPOSED"
_CHUNK_DAYS, _CHUNKS = 30, 20  # two and a half years ahead: beyond that the department has another problem
log = logger("inspections")


@dataclass(frozen=True)
class _Request:
    """One appointment that is wanted, not earlier than `not_before`."""

    id: str
    kind: str
    application: Application
    not_before: datetime


class InspectionService:
    """Appointments of applications. Nothing here changes the state of an application, least of all a calendar's failure."""

    def __init__(
        self,
        *,
        repository: ApplicationRepository,
        appointments: AppointmentRepository,
        calendar: Calendar,
        effects: Effects,
        publisher: EventPublisher,
        holidays: HolidayTable,
        clock: Clock,
    ) -> None:
        self._repository = repository
        self._appointments = appointments
        self._calendar = calendar
        self._effects = effects
        self._publisher = publisher
        self._holidays = holidays
        self._clock = clock

    def propose(self, application_id: str, run_id: str) -> Sequence[Appointment]:
        """Appointments for what that run of the quality check found: one for VIDEO and ONSITE, two for HYBRID, else none.

        To propose again changes nothing; proposals of earlier runs are cancelled. Raises what a listener of
        `InspectionProposed` raises, and Conflict where no time is free.
        """
        application = self._repository.get(application_id)
        result = application.run(run_id)
        if result is None or result.inspection_type not in PARTS or not _in_force(application, run_id):
            return ()
        proposed = self._reserve_all(application, run_id, PARTS[result.inspection_type])
        cancelled = self._cancel_all(application_id, but=frozenset(appointment.id for appointment in proposed))
        self._tell(application, run_id, [*proposed, *cancelled])
        return proposed

    def call_off(self, application_id: str) -> Sequence[Appointment]:
        """Cancel every open appointment, such as after a withdrawal. To call off again changes nothing; what the calendar
        does not know yet is told again.
        """
        cancelled = self._cancel_all(application_id)
        if cancelled:
            self._tell(self._repository.get(application_id), "call-off", cancelled)
        return cancelled

    def of_application(self, application_id: str) -> Sequence[Appointment]:
        """All appointments of an application, by start."""
        return self._appointments.of_application(application_id)

    def upcoming(self, limit: int = 500) -> Sequence[Appointment]:
        """What is proposed or agreed, by start."""
        return self._appointments.upcoming(limit)

    def sync(self, appointment_id: str) -> Mapping[str, Any]:
        """Bring the calendar up to date, once per state of the appointment; returns `{eventId, htmlLink, syncStatus}`.

        Raises TemporaryFailure, PermanentFailure and Misconfigured as the calendar does; the appointment stands.
        """
        appointment = self._appointments.get(appointment_id)
        key = _effect_key(appointment)
        first = self._effects.begin(key, "calendar", subject=appointment.application_id, what=f"{appointment.type} {appointment.status}")
        outcome = self._write_until_true(key, appointment) if first else dict(self._effects.outcome(key) or {})
        fields = {"event_id": outcome.get("eventId", ""), "html_link": outcome.get("htmlLink", ""), "sync_status": "SYNCED"}
        self._appointments.update(appointment_id, **fields, last_error="")
        return {**outcome, "syncStatus": "SYNCED"}

    def effect_of(self, appointment_id: str) -> str:
        """The key under which `sync` keeps its effect, were it called now. Raises NotFound."""
        return _effect_key(self._appointments.get(appointment_id))

    def mark_sync_failed(self, appointment_id: str, reason: str) -> None:
        """After the last attempt: officers see that the calendar does not have it."""
        self._appointments.update(appointment_id, sync_status="FAILED", last_error=reason[:500])
        log.warning("An appointment is not in the calendar", appointment_id=appointment_id, reason=reason)

    def _write_until_true(self, key: str, appointment: Appointment) -> dict[str, Any]:
        outcome = self._write(key, appointment)
        latest = self._appointments.get(appointment.id)
        if _effect_key(latest) != key:
            # It changed meanwhile, and the change may have been told first: a cancellation finds no entry, which came after it.
            self._write(_effect_key(latest), latest)
        return outcome

    def _write(self, key: str, appointment: Appointment) -> dict[str, Any]:
        try:
            if appointment.status == CANCELLED:
                self._calendar.cancel(appointment)
                outcome = {"eventId": appointment.event_id, "htmlLink": appointment.html_link}
            else:
                entry = self._calendar.put(appointment)
                outcome = {"eventId": entry.event_id, "htmlLink": entry.html_link}
        except BaseException:  # a time-out of the job is none of Exception
            self._effects.release(key)  # to write twice does no harm: the entry's id comes from the appointment
            raise
        self._effects.done(key, outcome)
        return outcome

    def _cancel_all(self, application_id: str, but: frozenset[str] = frozenset()) -> list[Appointment]:
        known = self._appointments.of_application(application_id)
        return [self._appointments.cancel(item.id) for item in known if item.id not in but and _to_cancel(item)]

    def _reserve_all(self, application: Application, run_id: str, kinds: Sequence[str]) -> list[Appointment]:
        known = {item.id: item for item in self._appointments.of_application(application.id)}
        reserved: list[Appointment] = []
        for kind in kinds:
            not_before = reserved[-1].end if reserved else self._clock.now()
            wanted = _Request(appointment_id(run_id, kind), kind, application, not_before)
            reserved.append(known.get(wanted.id) or self._reserve(wanted))
        return reserved

    def _reserve(self, request: _Request) -> Appointment:
        """The earliest free time; where somebody takes it first, the next one."""
        first = earliest_day(self._clock.now(), self._holidays)
        days = days_from(first, _CHUNK_DAYS * _CHUNKS, self._holidays)
        for index in range(0, len(days), _CHUNK_DAYS):
            appointment = self._reserve_within(request, days[index : index + _CHUNK_DAYS])
            if appointment is not None:
                return appointment
        raise Conflict("ไม่มีวันว่างสำหรับการตรวจ / No day is free for an inspection.")

    def _reserve_within(self, request: _Request, days: Sequence[date]) -> Appointment | None:
        booked = [booking for booking in self._appointments.booked(days) if booking.appointment_id != request.id]
        for day in days:
            for start, end in free_slots(request.kind, day, booked):
                appointment = _appointment(request, start, end)
                if start >= request.not_before and self._appointments.reserve(appointment):
                    return appointment
        return None

    def _tell(self, application: Application, run_id: str, changed: Sequence[Appointment]) -> None:
        self._publisher.publish(
            InspectionProposed(
                event_id=f"{application.id}-inspection-{run_id.removeprefix(application.id).strip('-')}",
                at=self._clock.now(),
                application_id=application.id,
                application_number=application.number or "",
                version=application.version,
                request_id=context.request_id(),
                actor_id=SYSTEM.id,
                run_id=run_id,
                appointment_ids=tuple(item.id for item in changed),
            )
        )


def _effect_key(appointment: Appointment) -> str:
    return f"calendar:{appointment.id}:{appointment.sequence}:{appointment.status}"


def _in_force(application: Application, run_id: str) -> bool:
    """Whether that run still says how the application is to be inspected."""
    over = application.status in {Status.WITHDRAWN, Status.REJECTED, Status.EXPIRED}
    return not over and application.ai_qc is not None and application.ai_qc.run_id == run_id


def _to_cancel(appointment: Appointment) -> bool:
    """Whether it is open, or cancelled by somebody who may have died before the day was free and the calendar knew."""
    return appointment.status in {PROPOSED, "CONFIRMED"} or (appointment.status, appointment.sync_status) == (CANCELLED, "PENDING")


def _appointment(request: _Request, start: datetime, end: datetime) -> Appointment:
    farm = request.application.form.farm
    parts = (farm.name_th, farm.address.line, farm.address.subdistrict, farm.address.district, farm.address.province)
    return Appointment(
        id=request.id,
        application_id=request.application.id,
        application_number=request.application.number or "",
        type=request.kind,
        start=start,
        end=end,
        status=PROPOSED,
        place={"lat": farm.location.lat, "lng": farm.location.lng, "address_text": " ".join(part for part in parts if part)},
    )
