"""Each guard at its edge, and the guard that nobody has written."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.certification.guards import GUARDS, Evidence, check
from backend.certification.revision import RevisionItem
from backend.certification.states import TRANSITIONS
from backend.errors import Conflict, FieldError, InvalidInput

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
FINDING = FieldError("applicant.phone", "missing", "REQUIRED")
ITEM = RevisionItem("farm.area", "does not match the deed")
MINUTE = timedelta(minutes=1)

PASSES = [
    ("form_is_valid", Evidence(findings=())),
    ("items_with_reasons", Evidence(items=(ITEM,))),
    ("comment", Evidence(comment="1234567890")),
    ("comment", Evidence(comment="ขอแก้ไขด้วย")),
    ("rounds_left", Evidence(rounds_so_far=0)),
    ("rounds_left", Evidence(rounds_so_far=2)),
    ("due_date", Evidence(now=NOW, due_at=NOW + MINUTE)),
    ("waited_too_long", Evidence(now=NOW, waiting_since=NOW - 16 * MINUTE)),
    ("waited_too_long", Evidence(now=NOW, waiting_since=NOW - 6 * MINUTE, patience=5 * MINUTE)),
]
REFUSES = [
    ("form_is_valid", Evidence(findings=(FINDING,)), InvalidInput, "applicant.phone", "REQUIRED"),
    ("form_is_valid", Evidence(), Conflict, None, None),
    ("items_with_reasons", Evidence(), InvalidInput, "items", "ITEMS_MISSING"),
    ("items_with_reasons", Evidence(items=(ITEM, RevisionItem("crops", ""))), InvalidInput, "items.1.reason", "REASON_MISSING"),
    ("comment", Evidence(comment="123456789"), InvalidInput, "comment", "COMMENT_TOO_SHORT"),
    ("comment", Evidence(comment="    12345678   "), InvalidInput, "comment", "COMMENT_TOO_SHORT"),
    ("rounds_left", Evidence(rounds_so_far=3), Conflict, None, None),
    ("rounds_left", Evidence(rounds_so_far=4), Conflict, None, None),
    ("due_date", Evidence(now=NOW, due_at=NOW), InvalidInput, "dueOn", "DUE_DATE_INVALID"),
    ("due_date", Evidence(now=NOW), InvalidInput, "dueOn", "DUE_DATE_INVALID"),
    ("due_date", Evidence(due_at=NOW), InvalidInput, "dueOn", "DUE_DATE_INVALID"),
    ("waited_too_long", Evidence(now=NOW, waiting_since=NOW - 15 * MINUTE), Conflict, None, None),
    ("waited_too_long", Evidence(now=NOW), Conflict, None, None),
    ("waited_too_long", Evidence(waiting_since=NOW), Conflict, None, None),
]


@pytest.mark.parametrize(("name", "evidence"), PASSES)
def test_a_guard_lets_pass_what_fulfils_it(name, evidence):
    check((name,), evidence)


@pytest.mark.parametrize(("name", "evidence", "error", "field", "code"), REFUSES)
def test_a_guard_refuses_and_names_the_field(name, evidence, error, field, code):
    with pytest.raises(error) as caught:
        check((name,), evidence)
    assert type(caught.value) is error
    assert [(item.field, item.code) for item in caught.value.errors] == ([(field, code)] if field else [])


def test_a_guard_that_nobody_has_written_refuses():
    with pytest.raises(Conflict, match="not open"):
        check(("three_people",), Evidence())


def test_all_guards_of_a_row_are_asked():
    with pytest.raises(InvalidInput):
        check(("rounds_left", "comment"), Evidence())


def test_every_guard_is_used_by_the_table():
    assert set(GUARDS) <= {guard for row in TRANSITIONS for guard in row.guards}


def test_all_findings_are_reported_at_once():
    second = FieldError("crops", "missing", "REQUIRED")
    with pytest.raises(InvalidInput, match="2 things") as caught:
        check(("form_is_valid",), Evidence(findings=(FINDING, second)))
    assert caught.value.errors == (FINDING, second)
