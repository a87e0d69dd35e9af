"""One appointment as an iCalendar event (RFC 5545), in UTC so that no time zone table is needed."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from backend.certification.calendar_notice import VIDEO_TYPES, notice
from backend.certification.ports import Appointment

if TYPE_CHECKING:
    from icalendar import Alarm, Calendar, Event

CALENDAR_NAME = "การตรวจประเมิน GACP"
_COLOURS = {"VIDEO": "dodgerblue", "HYBRID_VIDEO": "gold", "HYBRID_ONSITE": "darkorange", "ONSITE": "green"}
_REMINDERS = (timedelta(hours=24), timedelta(minutes=60))


def calendar() -> "Calendar":
    """An empty calendar, published rather than sent: readers subscribe to it and nobody is asked to answer."""
    from icalendar import Calendar  # noqa: PLC0415 - who keeps no appointment needs it not

    made = Calendar()
    made.add("prodid", "-//GACP//Inspections//TH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", CALENDAR_NAME)
    made.add("x-wr-timezone", "Asia/Bangkok")
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    return made


def event(appointment: Appointment, base_url: str, stamped_at: datetime) -> "Event":
    """The event; its UID is the appointment's id and stays, whatever changes."""
    from icalendar import Event  # noqa: PLC0415

    texts = notice(appointment, base_url)
    made = Event()
    made.add("uid", appointment.id)
    made.add("sequence", appointment.sequence)
    made.add("dtstamp", stamped_at)
    made.add("dtstart", appointment.start)
    made.add("dtend", appointment.end)
    made.add("summary", texts.summary)
    made.add("description", texts.description)
    made.add("url", f"{base_url}/applications/{appointment.application_id}")
    made.add("status", texts.status.upper())
    made.add("transp", "TRANSPARENT" if texts.status == "cancelled" else "OPAQUE")
    made.add("categories", [appointment.type])
    made.add("color", _COLOURS.get(appointment.type, "gray"))
    _add_place(made, appointment, texts.location)
    if texts.status != "cancelled":
        for before in _REMINDERS:
            made.add_component(_reminder(before, texts.summary))
    return made


def _add_place(made: "Event", appointment: Appointment, location: str) -> None:
    if location:
        made.add("location", location)
    place = appointment.place
    if appointment.type not in VIDEO_TYPES and place.get("lat") is not None and place.get("lng") is not None:
        made.add("geo", (float(place["lat"]), float(place["lng"])))


def _reminder(before: timedelta, text: str) -> "Alarm":
    from icalendar import Alarm  # noqa: PLC0415

    # A published feed has no attendees, and an EMAIL alarm must name one: so both reminders are shown on the screen.
    made = Alarm()
    made.add("action", "DISPLAY")
    made.add("trigger", -before)
    made.add("description", text)
    return made
