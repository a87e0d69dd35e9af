"""What the repository of appointments promises, over every document store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from backend.adapters.documents import appointments
from backend.adapters.documents.appointments import DocumentAppointments
from backend.certification.repository import Booking
from backend.errors import NotFound
from tests.support.appointments import an_appointment
from tests.support.document_stores import PROVIDERS, atomic, opened  # noqa: F401

HOUR = timedelta(hours=1)
MONDAY = date(2026, 11, 9)


@pytest.fixture(params=PROVIDERS)
def store(request, tmp_path):
    with opened(request.param, tmp_path) as empty:
        empty.ensure(*appointments.COLLECTIONS)
        yield empty


@pytest.fixture
def repository(store):
    return DocumentAppointments(store)


def moved(appointment, by, **changes):
    return replace(appointment, start=appointment.start + by, end=appointment.end + by, **changes)


def test_a_reserved_appointment_comes_back_whole(repository):
    appointment = an_appointment()
    assert repository.reserve(appointment) is True
    assert repository.get(appointment.id) == appointment
    assert repository.booked([MONDAY]) == [Booking(appointment.id, appointment.start, appointment.end)]
    assert repository.booked([MONDAY + timedelta(days=1)]) == []


@pytest.mark.parametrize(
    ("shift", "free"),
    [
        (0 * HOUR, False),
        (HOUR, False),
        (-HOUR, False),
        (4 * HOUR - timedelta(minutes=1), False),
        (4 * HOUR, True),
        (-4 * HOUR, True),
        (24 * HOUR, True),
    ],
)
def test_times_that_overlap_are_refused(repository, shift, free):
    first = an_appointment()
    repository.reserve(first)
    second = moved(first, shift, id="second")
    assert repository.reserve(second) is free
    if not free:
        with pytest.raises(NotFound):
            repository.get("second")


def test_to_reserve_again_changes_nothing(repository, store):
    appointment = an_appointment()
    repository.reserve(appointment)
    repository.update(appointment.id, sync_status="SYNCED")
    assert repository.reserve(appointment) is True
    assert repository.get(appointment.id).sync_status == "SYNCED"
    assert len(repository.booked([MONDAY])) == 1
    store.delete(appointments.NAME, appointment.id)
    assert repository.reserve(appointment) is True
    assert repository.get(appointment.id) == appointment


@pytest.mark.usefixtures("atomic")
def test_of_many_who_reserve_one_time_one_wins(repository):
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda number: repository.reserve(an_appointment(id=f"apt-{number}")), range(8)))
    assert sum(taken) == 1
    assert len(repository.booked([MONDAY])) == 1


@pytest.mark.usefixtures("atomic")
def test_many_who_reserve_different_times_of_a_day_all_win(repository):
    short = replace(an_appointment(), end=an_appointment().start + timedelta(minutes=15))
    wanted = [moved(short, timedelta(minutes=15 * number), id=f"apt-{number}") for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(repository.reserve, wanted))
    assert len(repository.booked([MONDAY])) == 8


def test_cancelling_gives_the_time_back_once(repository):
    appointment = an_appointment(sync_status="SYNCED")
    repository.reserve(appointment)
    cancelled = repository.cancel(appointment.id)
    assert (cancelled.status, cancelled.sequence, cancelled.sync_status) == ("CANCELLED", 1, "PENDING")
    assert repository.cancel(appointment.id) == cancelled == repository.get(appointment.id)
    assert repository.booked([MONDAY]) == []
    assert repository.reserve(an_appointment(id="next")) is True


def test_fields_are_set_and_a_misspelt_one_is_refused(repository):
    repository.reserve(an_appointment())
    assert repository.update("apt-0001", event_id="e1", html_link="http://x").event_id == "e1"
    with pytest.raises(TypeError, match="evnt_id"):
        repository.update("apt-0001", evnt_id="e2")


def test_what_is_not_there_is_not_found(repository):
    for attempt in (lambda: repository.get("x"), lambda: repository.update("x", status="CONFIRMED"), lambda: repository.cancel("x")):
        with pytest.raises(NotFound):
            attempt()


def test_lists_are_by_start(repository):
    first = an_appointment()
    for days, name in ((2, "c"), (0, "a"), (1, "b")):
        repository.reserve(moved(first, timedelta(days=days), id=name, application_id="app-1" if name != "b" else "app-2"))
    assert [item.id for item in repository.upcoming()] == ["a", "b", "c"]
    assert [item.id for item in repository.upcoming(limit=2)] == ["a", "b"]
    assert [item.id for item in repository.of_application("app-1")] == ["a", "c"]
    repository.cancel("a")
    assert [item.id for item in repository.upcoming()] == ["b", "c"]
    assert [item.id for item in repository.of_application("app-1")] == ["a", "c"]


def test_the_day_is_thailand_s(repository):
    appointment = moved(an_appointment(), timedelta(hours=15), id="late")  # 00:00 in Bangkok
    repository.reserve(appointment)
    assert [item.appointment_id for item in repository.booked([MONDAY + timedelta(days=1)])] == ["late"]
