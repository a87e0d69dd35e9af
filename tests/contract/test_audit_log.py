"""One suite for what keeps the audit, over every embedded document store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents.audit import DocumentAudit
from backend.audit.entries import FIRST_PREVIOUS, Entry, Who
from backend.audit.ports import AuditFilter, Head, SequenceTaken
from tests.support.document_stores import opened

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
SOMCHAI, SOMSRI = Who("user-1", "ADMIN", "s***@example.com", "203.0.113.7"), Who("console:somsri", "console", "", "host-1")


@pytest.fixture(params=["memory", "sqlite", "mongomock"])
def kept(request, tmp_path):
    with opened(request.param, tmp_path) as store:
        audit = DocumentAudit(store)
        audit.ensure()
        audit.store = store
        yield audit


def an_entry(seq, previous=FIRST_PREVIOUS, **changes):
    whole = Entry(
        seq=seq,
        at=NOON + timedelta(minutes=seq),
        previous=previous,
        action="queue.pause",
        outcome="done",
        by=SOMCHAI,
        target="aiQc",
        reason="ย้ายเครื่อง",
        before={"paused": []},
        after={"paused": ["aiQc"], "share": 0.1, "n": 2**40},
        request_id="req-12345678",
        begun=None,
    )
    return replace(whole, **changes)


def fill(kept, count=5, **changes):
    previous = FIRST_PREVIOUS
    for seq in range(1, count + 1):
        entry = an_entry(seq, previous, **changes.get(f"at_{seq}", {}))
        kept.add(entry)
        previous = entry.hash


def test_an_entry_comes_back_as_it_was_written_with_its_hash(kept):
    kept.add(an_entry(1))
    assert list(kept.page(AuditFilter()).items) == [an_entry(1)]
    (stored,) = kept.walk(0, 10)
    assert (stored.seq, stored.text, stored.hash, stored.agrees) == (1, an_entry(1).text, an_entry(1).hash, True)


def test_a_number_is_taken_once(kept):
    kept.add(an_entry(1))
    with pytest.raises(SequenceTaken):
        kept.add(an_entry(1, reason="another"))
    assert [entry.reason for entry in kept.page(AuditFilter()).items] == ["ย้ายเครื่อง"]


def test_the_last_one_and_the_one_that_is_remembered(kept):
    assert (kept.last(), kept.remembered()) == (None, None)
    fill(kept, 3)
    assert kept.last() == kept.remembered()
    assert kept.last().seq == 3


def test_what_is_remembered_never_goes_back(kept):
    kept.add(an_entry(2))
    kept.add(an_entry(1))
    assert kept.remembered() == Head(2, an_entry(2).hash)


def test_pages_are_newest_first_and_hold_every_entry_once(kept):
    fill(kept)
    seen, cursor = [], None
    while True:
        page = kept.page(AuditFilter(), cursor=cursor, limit=2)
        seen += [entry.seq for entry in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (AuditFilter(who="console:somsri"), [2]),
        (AuditFilter(action="job.retry"), [3]),
        (AuditFilter(target="email"), [4]),
        (AuditFilter(outcome="refused"), [5]),
        (AuditFilter(since=NOON + timedelta(minutes=4)), [5, 4]),
        (AuditFilter(until=NOON + timedelta(minutes=2)), [1]),
        (AuditFilter(who="user-1", outcome="done", since=NOON + timedelta(minutes=2), until=NOON + timedelta(minutes=4)), [3]),
        (AuditFilter(who="nobody"), []),
    ],
)
def test_conditions_all_hold(kept, where, found):
    fill(kept, at_2={"by": SOMSRI}, at_3={"action": "job.retry"}, at_4={"target": "email"}, at_5={"outcome": "refused"})
    assert [entry.seq for entry in kept.page(where).items] == found


def test_a_walk_goes_in_order_behind_a_number(kept):
    fill(kept)
    assert [stored.seq for stored in kept.walk(2, 2)] == [3, 4]
    assert kept.walk(5, 2) == []


def test_what_was_changed_by_hand_is_shown_by_the_walk_and_cannot_stop_a_page(kept):
    fill(kept)
    for seq, fields in ((2, {"text": "no JSON"}), (3, {"who": "somebody else"}), (4, {"text": "{}"})):
        kept.store.set_fields("audit", f"{seq:012d}", fields)
    assert [stored.agrees for stored in kept.walk(0, 10)] == [True, False, False, False, True]
    assert [entry.seq for entry in kept.page(AuditFilter()).items] == [5, 3, 1]
