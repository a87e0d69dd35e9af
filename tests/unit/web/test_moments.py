"""Which texts are moments."""

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel, ValidationError

from backend.web.moments import Moment

NINE = datetime(2026, 11, 30, 9, tzinfo=UTC)


class Asked(BaseModel):
    since: Moment | None = None


@pytest.mark.parametrize("text", ["2026-11-30T09:00:00Z", "2026-11-30t09:00z", "2026-11-30T16:00:00.000+07:00", "2026-11-30 16:00:00+0700"])
def test_a_moment_has_a_date_a_time_and_a_zone(text):
    assert Asked(since=text).since == NINE


def test_a_json_body_is_read_alike():
    assert Asked.model_validate_json('{"since": "2026-11-30T16:00:00+07:00"}', strict=True).since == NINE


def test_a_moment_that_is_one_already_stays():
    assert Asked(since=NINE).since == NINE
    assert Asked().since is None


@pytest.mark.parametrize(
    "value", ["-4e-70", "1796029200", "1796029200.5", 1796029200, 0.5, "2026-11-30", "2026-11-30T09:00:00", "yesterday", ""]
)
def test_anything_else_is_refused_with_the_cure(value):
    with pytest.raises(ValidationError, match=r"2026-11-30T09:00:00Z|month must be"):
        Asked(since=value)


def test_the_schema_says_date_time():
    assert {"type": "string", "format": "date-time"} in Asked.model_json_schema()["properties"]["since"]["anyOf"]
