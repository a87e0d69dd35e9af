"""One suite for the book of recurring jobs over every embedded document store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents.schedules import DocumentSchedules
from backend.errors import Conflict
from backend.queues.repeat import Repeat
from backend.queues.schedules import Entry, Schedule
from tests.support.document_stores import opened

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(params=["memory", "sqlite", "mongomock"])
def book(request, tmp_path):
    with opened(request.param, tmp_path) as store:
        book = DocumentSchedules(store)
        book.ensure()
        yield book


def an_entry(key="nightly", **changes):
    repeat = Repeat(cron="15 3 * * *", limit=9, start_date=NOW, end_date=NOW + timedelta(days=90))
    schedule = Schedule(key, "run_errand", repeat, {"place": "ตลาด"}, {"priority": 1}, overlap="allow", catch_up="skip")
    return replace(Entry(schedule, "code", NOW), **changes)


def test_an_entry_comes_back_as_it_was_written(book):
    whole = an_entry(enabled=False, fired=3, skipped=1, last_due=NOW, last_job_id="nightly-1", note="ข้าม")
    assert book.save(whole) == replace(whole, version=1)
    assert book.get("nightly") == replace(whole, version=1)
    assert book.get("weekly") is None


def test_entries_come_by_key(book):
    for key in ("b", "a"):
        book.save(an_entry(key))
    assert [entry.key for entry in book.all()] == ["a", "b"]


def test_due_is_what_is_enabled_and_whose_moment_has_come_the_earliest_first(book):
    book.save(an_entry("now"))
    book.save(an_entry("before", next_due=NOW - timedelta(hours=1)))
    book.save(an_entry("later", next_due=LATER))
    book.save(an_entry("off", enabled=False))
    book.save(an_entry("over", next_due=None))
    assert [entry.key for entry in book.due(NOW)] == ["before", "now"]


def test_a_write_over_a_changed_entry_and_a_second_first_one_are_refused(book):
    first = book.save(an_entry())
    assert book.save(replace(first, fired=1)).version == 2
    for stale in (first, an_entry()):
        with pytest.raises(Conflict):
            book.save(stale)
    assert book.get("nightly").fired == 1


def test_an_entry_is_removed_once(book):
    book.save(an_entry())
    assert (book.remove("nightly"), book.remove("nightly")) == (True, False)
    with pytest.raises(Conflict):
        book.save(an_entry(version=1))
