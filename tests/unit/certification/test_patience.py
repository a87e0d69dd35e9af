"""An event that nobody can hear is told again at growing intervals, and keeps no other from being told."""

from datetime import timedelta

import pytest

from backend.certification.patience import FORGET_AFTER, Patience
from backend.clock import FrozenClock
from tests.support.certification import FARMER, MONDAY, Department

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock():
    return FrozenClock(MONDAY)


@pytest.fixture
def patience(clock):
    return Patience(clock)


def test_waits_double_from_ten_seconds_to_ten_minutes(patience):
    waits = [patience.failed("e").total_seconds() for _ in range(9)]

    assert waits == [10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_it_is_an_event_s_turn_when_its_wait_is_over(patience, clock):
    assert patience.may_try("e")
    patience.failed("e")
    assert (patience.may_try("e"), patience.may_try("another"), patience.waiting()) == (False, True, 1)
    clock.move(timedelta(seconds=10))
    assert patience.may_try("e")


def test_what_went_well_starts_anew(patience):
    for _ in range(5):
        patience.failed("e")
    patience.succeeded("e")

    assert (patience.may_try("e"), patience.waiting(), patience.failed("e").total_seconds()) == (True, 0, 10)
    patience.succeeded("never failed")


def test_what_nobody_asks_about_any_more_is_forgotten(patience, clock):
    patience.failed("told by another process")
    clock.move(FORGET_AFTER + A_MINUTE)
    patience.failed("e")

    assert patience.waiting() == 1


class Deaf:
    """Hears nothing about one application, ever."""

    def __init__(self, application_id):
        self.application_id = application_id
        self.tries = 0

    def __call__(self, event):
        if event.application_id == self.application_id:
            self.tries += 1
            raise ValueError("never")


def test_an_event_that_always_fails_is_tried_a_few_times_an_hour_and_holds_nobody_up():
    department = Department()
    deaf = Deaf("id1")
    department.publisher.listeners.append(deaf)
    department.submitted()
    department.publisher.fail_next(ValueError("once"))
    other = department.submitted()
    for _ in range(30):
        department.clock.move(A_MINUTE)
        department.service.publish_pending(limit=1)

    assert department.service.get(FARMER, other.id).outbox == ()
    assert len(department.service.get(FARMER, "id1").outbox) == 1
    assert 5 <= deaf.tries <= 9


def test_an_application_that_cannot_be_read_keeps_no_other_from_being_told():
    department = Department()
    department.publisher.fail_next(ValueError("once"), ValueError("once"))
    broken, whole = department.submitted(), department.submitted()
    department.store.set_fields("applications", broken.id, {"history": [{"nonsense": 1}]})
    department.clock.move(A_MINUTE)

    assert department.service.publish_pending() == 1
    assert department.service.get(FARMER, whole.id).outbox == ()
