"""Keeps appointments as `.ics` files, one each, and one `feed.ics` that calendar programs subscribe to."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from backend.adapters.icalendar import entry
from backend.certification.calendar_notice import entry_id, entry_status
from backend.certification.ports import Appointment, CalendarEntry
from backend.clock import Clock
from backend.errors import NotKept
from backend.telemetry.logs import logger

FEED_NAME = "feed.ics"
_BEGIN, _END = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"
log = logger("icalendar")


class ICalendarFeed:
    """The calendar port on a folder that many processes may write to."""

    def __init__(self, folder: Path, base_url: str, clock: Clock) -> None:
        self._folder = folder
        self._base_url = base_url
        self._clock = clock

    def put(self, appointment: Appointment) -> CalendarEntry:
        event_id = entry_id(appointment.id)
        with self._writing():
            if entry_status(appointment) != "cancelled" or self._path(event_id).exists():
                self._keep(event_id, appointment)
        return CalendarEntry(event_id=event_id, html_link="")

    def cancel(self, appointment: Appointment) -> None:
        event_id = entry_id(appointment.id)
        with self._writing():
            if self._path(event_id).exists():
                self._keep(event_id, replace(appointment, status="CANCELLED"))

    def _keep(self, event_id: str, appointment: Appointment) -> None:
        path = self._path(event_id)
        before = path.read_bytes() if path.exists() else b""
        if _sequence(before) > appointment.sequence:
            log.info("A newer version of the appointment is in the feed", appointment_id=appointment.id, sequence=appointment.sequence)
            return
        after = self._render(appointment)
        if _without_stamp(before) != _without_stamp(after):
            _write(path, after)
        # Rebuilt even where the entry is unchanged: the process before may have been killed between the two files.
        _write(self._folder / FEED_NAME, self._combined())

    def _render(self, appointment: Appointment) -> bytes:
        made = entry.calendar()
        made.add_component(entry.event(appointment, self._base_url, self._clock.now()))
        content: bytes = made.to_ical()
        return content

    def _combined(self) -> bytes:
        """All entries in one calendar; the blocks are copied as text, for parsing thousands of them takes seconds."""
        empty: bytes = entry.calendar().to_ical()
        head, end, rest = empty.partition(b"END:VCALENDAR")
        files = sorted(path for path in self._folder.glob("*.ics") if path.name != FEED_NAME)
        return head + b"".join(_block(path) for path in files) + end + rest

    def _path(self, event_id: str) -> Path:
        return self._folder / f"{event_id}.ics"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time, over all processes; a disk that refuses may accept a moment later."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise NotKept(f"The calendar folder cannot be written: {error.strerror or error}") from error


def _sequence(content: bytes) -> int:
    if not content:
        return -1
    from icalendar import Calendar  # noqa: PLC0415 - who keeps no appointment needs it not

    try:
        return int(str(Calendar.from_ical(content).events[0]["sequence"]))
    except (ValueError, KeyError, IndexError):
        return -1  # damaged by hand: the appointment at hand is the truth


def _without_stamp(content: bytes) -> list[bytes]:
    return [line for line in content.splitlines() if not line.startswith(b"DTSTAMP")]


def _block(path: Path) -> bytes:
    content = path.read_bytes()
    start, end = content.find(_BEGIN), content.rfind(_END)
    if start < 0 or end < start:
        log.warning("A calendar file holds no event", file=path.name)
        return b""
    return content[start : end + len(_END)]


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: readers never see half a file."""
    if path.exists() and path.read_bytes() == content:
        return
    draft = path.with_suffix(".tmp")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
