"""The doubles of the AI reviewer and of the calendar keep what they were given and fail when told to."""

import pytest

from backend.adapters.memory.ai import ScriptedReviewer
from backend.adapters.memory.calendar import MemoryCalendar
from backend.errors import Misconfigured, TemporaryFailure
from tests.support.appointments import an_appointment


def test_scenes_are_played_in_order_and_the_last_one_stays() -> None:
    reviewer = ScriptedReviewer("rate_limited", "good")

    with pytest.raises(TemporaryFailure):
        reviewer.review({"number": 1})
    assert [reviewer.review({"number": number}).confidence for number in (2, 3)] == [0.9, 0.9]
    assert reviewer.seen == [{"number": 1}, {"number": 2}, {"number": 3}]


def test_a_reviewer_without_a_script_is_good() -> None:
    assert ScriptedReviewer().review({}).confidence == 0.9


def test_a_misspelt_scene_is_named_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="'goood'; choose from good, praise"):
        ScriptedReviewer("goood")


def test_a_calendar_fails_as_often_as_it_is_told_to() -> None:
    calendar = MemoryCalendar(failures=[TemporaryFailure("503")])
    calendar.fail_next(Misconfigured("403"))

    with pytest.raises(TemporaryFailure):
        calendar.put(an_appointment())
    with pytest.raises(Misconfigured):
        calendar.cancel(an_appointment())
    calendar.put(an_appointment())

    assert [kept.appointment.id for kept in calendar.entries.values()] == ["apt-0001"]
