"""Keeps inspections in a Google Calendar."""

from backend.adapters.google.calendar_api import CalendarApi, Event, EventChanged, EventExists, EventGone, EventRefused
from backend.adapters.google.calendar_event import EventBody, cancelled_body, event_body, meeting_request, sequence_of
from backend.adapters.google.credentials import service_account_session
from backend.certification.calendar_notice import entry_id, entry_status
from backend.certification.ports import Appointment, CalendarEntry
from backend.errors import PermanentFailure, TemporaryFailure
from backend.telemetry.logs import logger

GENERATIONS = 3
"""How many ids one appointment may use up: Google never gives a purged id free again."""

READS = 3
"""How often an event is read again because somebody else changed it in between."""

log = logger("google-calendar")


class GoogleCalendar:
    """The calendar port on Google's REST API; nothing connects before the first appointment."""

    def __init__(self, calendar_id: str, credentials_file: str, base_url: str, *, endpoint: str = "") -> None:
        self._api = CalendarApi(lambda: service_account_session(credentials_file), calendar_id, endpoint)
        self._base_url = base_url

    def put(self, appointment: Appointment) -> CalendarEntry:
        if entry_status(appointment) == "cancelled":
            self.cancel(appointment)
            return CalendarEntry(appointment.event_id or entry_id(appointment.id), appointment.html_link)
        for generation in range(1, GENERATIONS + 1):
            event_id = entry_id(appointment.id, generation)
            try:
                event = self._insert_or_update(event_id, appointment)
            except EventGone:
                log.warning("The event was removed for good, so the next id is used", appointment_id=appointment.id, event_id=event_id)
            else:
                return CalendarEntry(event_id, str(event.get("htmlLink", "")), str(event.get("hangoutLink", "")))
        raise PermanentFailure(f"The calendar entry was removed for good {GENERATIONS} times; the appointment is not put back again")

    def cancel(self, appointment: Appointment) -> None:
        for generation in range(1, GENERATIONS + 1):
            try:
                self._update(entry_id(appointment.id, generation), appointment, cancelled_body(appointment))
            except EventGone:
                continue
            return

    def _insert_or_update(self, event_id: str, appointment: Appointment) -> Event:
        body, meeting = event_body(appointment, self._base_url), meeting_request(appointment, event_id)
        try:
            return self._insert(event_id, body, meeting)
        except EventExists:
            return self._update(event_id, appointment, body)

    def _insert(self, event_id: str, body: EventBody, meeting: EventBody) -> Event:
        try:
            return self._api.insert(event_id, {**body, **meeting})
        except EventRefused:
            if not meeting:
                raise
        # A service account without a Workspace domain may not open Meet rooms; the officer then sends a link.
        log.warning("The calendar does not make meeting rooms, so the event goes without one", event_id=event_id)
        return self._api.insert(event_id, body)

    def _update(self, event_id: str, appointment: Appointment, body: EventBody) -> Event:
        for _ in range(READS):
            current = self._api.get(event_id)
            if sequence_of(current) > appointment.sequence:
                log.info("A newer version of the appointment is in the calendar", appointment_id=appointment.id, event_id=event_id)
                return current
            try:
                return self._api.patch(event_id, body, etag=str(current.get("etag", "")))
            except EventChanged:
                continue
        raise TemporaryFailure("Somebody is editing the calendar entry right now", retry_after=5)
