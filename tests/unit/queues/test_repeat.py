"""The repeat option is either a rule that can be kept, or a clear refusal."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from backend.queues.repeat import Repeat


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "either cron or every"),
        ({"cron": "0 6 * * *", "every": 60_000}, "either cron or every"),
        ({"cron": "0 6 * *"}, "five fields"),
        ({"cron": "0 0 6 * * *"}, "five fields"),
        ({"cron": "61 6 * * *"}, "five fields"),
        ({"every": 10}, "1000"),
        ({"every": "60000"}, "integer"),
        ({"every": 60_000, "tz": "Asia/Bangkokk"}, "name of a time zone"),
        ({"every": 60_000, "tz": "../etc"}, "name of a time zone"),
        ({"every": 60_000, "limit": 0}, "1"),
        ({"every": 60_000, "startDate": 1_700_000_000}, "not seconds"),
        ({"every": 60_000, "startDate": "2026-01-01T00:00:00"}, "zone"),
        ({"every": 60_000, "startDate": True}, "milliseconds"),
        ({"every": 60_000, "endDate": 2**70}, "9999"),
        ({"every": 60_000, "endDate": "9999-12-31T23:59:59-12:00"}, "9999"),
        ({"every": 10**15}, "less than"),
        ({"every": 60_000, "startDate": "2026-02-01T00:00:00Z", "endDate": "2026-01-01T00:00:00Z"}, "before startDate"),
        ({"every": 60_000, "key": "a:b"}, "pattern"),
        ({"every": 60_000, "limt": 3}, "limt"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Repeat.model_validate(given)


def test_times_are_read_from_milliseconds_and_from_text_alike() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for given in (1_767_225_600_000, "2026-01-01T00:00:00Z", "2026-01-01T07:00:00+07:00", moment):
        assert Repeat.model_validate({"every": 1000, "startDate": given}).start_date == moment


def test_a_rule_that_says_nothing_of_its_zone_is_read_in_bangkok() -> None:
    assert Repeat(cron="0 6 * * *").tz == "Asia/Bangkok"


def test_the_option_survives_the_way_through_json_and_knows_no_null() -> None:
    repeat = Repeat(key="nightly", cron="15 3 * * *", limit=5, end_date=datetime(2027, 1, 1, tzinfo=UTC))
    written = repeat.to_bull()
    assert written == {"key": "nightly", "cron": "15 3 * * *", "tz": "Asia/Bangkok", "limit": 5, "endDate": "2027-01-01T00:00:00Z"}
    assert Repeat.model_validate(written) == repeat
