"""A calendar in memory: the double of Google Calendar and of the iCalendar feed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock

from backend.certification.calendar_notice import CalendarNotice, entry_id, notice
from backend.certification.ports import Appointment, CalendarEntry


@dataclass(frozen=True)
class KeptEntry:
    """An appointment as it was last written, and the texts that people see."""

    appointment: Appointment
    notice: CalendarNotice


class MemoryCalendar:
    """Keeps entries by id; each failure handed in is raised by one call, in order, before the calls that work."""

    def __init__(self, *, base_url: str = "http://127.0.0.1:8000", failures: Iterable[Exception] = ()) -> None:
        self.entries: dict[str, KeptEntry] = {}
        self._base_url = base_url
        self._failures = list(failures)
        self._lock = Lock()

    def fail_next(self, *failures: Exception) -> None:
        """Raise these, one per call, from now on."""
        self._failures.extend(failures)

    def put(self, appointment: Appointment) -> CalendarEntry:
        event_id = entry_id(appointment.id)
        with self._lock:
            self._raise_failure()
            if notice(appointment, self._base_url).status != "cancelled" or event_id in self.entries:
                self._keep(event_id, appointment)
        return CalendarEntry(event_id=event_id, html_link=f"{self._base_url}/calendar/{event_id}")

    def cancel(self, appointment: Appointment) -> None:
        event_id = entry_id(appointment.id)
        with self._lock:
            self._raise_failure()
            if event_id in self.entries:
                self._keep(event_id, replace(appointment, status="CANCELLED"))

    def _keep(self, event_id: str, appointment: Appointment) -> None:
        kept = self.entries.get(event_id)
        if kept is None or kept.appointment.sequence <= appointment.sequence:
            self.entries[event_id] = KeptEntry(appointment, notice(appointment, self._base_url))

    def _raise_failure(self) -> None:
        if self._failures:
            raise self._failures.pop(0)
