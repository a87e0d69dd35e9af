"""What a chain of entries shows of changes, removals, insertions and cuts; and what only an anchor outside shows."""

from dataclasses import replace

import pytest

from backend.adapters.documents.audit import DocumentAudit
from backend.adapters.memory.documents import MemoryStore
from backend.audit.actions import Action
from backend.audit.entries import digest, read
from backend.audit.ports import Head
from backend.audit.verifying import PAGE, verify
from backend.clock import SystemClock
from tests.support.audit import SOMCHAI, a_trail


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def trail(store):
    trail = a_trail(store, SystemClock())
    for number in range(1, 7):
        trail.record(Action.JOB_RETRY, SOMCHAI, target=f"job-{number}", reason="try")
    return trail


def name(seq):
    return f"{seq:012d}"


def rewritten(text, **changes):
    return replace(read(text), **changes).text


def change(store, seq, *, rehash=False, **changes):
    """Change one entry by hand; with `rehash` as somebody would who knows how it is made."""
    text = rewritten(store.get("audit", name(seq))["text"], **changes)
    fields = {"text": text} | ({"hash": digest(text), "target": read(text).target} if rehash else {})
    store.set_fields("audit", name(seq), fields)


def write_anew(store, since, **changes):
    """Change one entry and hang everything behind it on it again."""
    change(store, since, rehash=True, **changes)
    for seq in range(since + 1, 7):
        change(store, seq, rehash=True, previous=store.get("audit", name(seq - 1))["hash"])


def found(trail, **more):
    broken = trail.verify(**more).broken
    return broken and (broken.seq, broken.kind)


def test_a_chain_that_nobody_touched_is_whole(trail):
    verdict = trail.verify()
    assert (verdict.whole, verdict.checked, verdict.head) == (True, 6, trail.head())
    assert verdict.to_json()["broken"] is None


def test_an_empty_chain_is_whole():
    assert a_trail().verify().to_json() == {"whole": True, "checked": 0, "head": None, "broken": None}


@pytest.mark.parametrize(
    "fields",
    [{"text": "nonsense"}, {"hash": "0" * 64}, {"target": "another"}, {"who": "nobody"}, {"action": "job.remove"}, {"outcome": "refused"}],
    ids=lambda fields: next(iter(fields)),
)
def test_a_changed_field_is_found(trail, store, fields):
    store.set_fields("audit", name(3), fields)
    assert found(trail) == (3, "changed")


def test_a_changed_entry_is_found_by_its_hash_and_with_a_new_hash_by_the_next_one(trail, store):
    change(store, 3, reason="innocent")
    assert found(trail) == (3, "changed")
    change(store, 3, rehash=True, reason="innocent")
    assert found(trail) == (4, "relinked")


def test_a_text_that_is_no_entry_is_found_also_with_the_right_hash(trail, store):
    store.set_fields("audit", name(2), {"text": "{}", "hash": digest("{}")})
    assert found(trail) == (2, "changed")


@pytest.mark.parametrize(("seq", "told"), [(1, (1, "missing")), (4, (4, "missing")), (6, (6, "truncated"))])
def test_a_removed_entry_is_found(trail, store, seq, told):
    store.delete("audit", name(seq))
    assert found(trail) == told


def test_entries_that_were_moved_up_over_a_removed_one_are_found(trail, store):
    store.delete("audit", name(4))
    text = rewritten(store.get("audit", name(5))["text"], seq=4)
    moved = {"text": text, "hash": digest(text), "seq": 4}
    store.set_fields("audit", name(5), moved)
    assert found(trail) == (4, "relinked")


def test_an_entry_that_was_put_in_between_is_found(trail, store):
    """There is no number between two: it has to take one, and whatever had it has to move."""
    for seq in (6, 5, 4):
        text = rewritten(store.get("audit", name(seq))["text"], seq=seq + 1)
        store.set_fields("audit", name(seq), {"text": text, "hash": digest(text), "seq": seq + 1})
    forged = replace(read(store.get("audit", name(3))["text"]), seq=4, previous=store.get("audit", name(3))["hash"])
    store.insert("audit", {**store.get("audit", name(3)), "id": "forged", "seq": 4, "text": forged.text, "hash": forged.hash})
    assert found(trail) == (5, "relinked")


@pytest.mark.parametrize("number", [0, -3])
def test_an_entry_below_the_first_number_is_found(trail, store, number):
    forged = replace(read(store.get("audit", name(1))["text"]), seq=number)
    store.insert("audit", {**store.get("audit", name(1)), "id": "forged", "seq": number, "text": forged.text, "hash": forged.hash})
    assert found(trail) == (number, "inserted")


def test_a_cut_tail_is_found_by_the_head_that_was_remembered(trail, store):
    for seq in (5, 6):
        store.delete("audit", name(seq))
    broken = trail.verify().broken
    assert (broken.seq, broken.kind) == (5, "truncated")
    assert "entry 6" in broken.detail


def test_everything_being_gone_is_found_too(trail, store):
    store.delete_many("audit", {})
    assert found(trail) == (1, "truncated")


def test_a_tail_that_was_written_anew_is_found_by_the_head_that_was_remembered(trail, store):
    write_anew(store, 3, reason="innocent")
    assert found(trail) == (6, "replaced")


def test_only_an_anchor_outside_shows_what_was_written_anew_together_with_the_head(trail, store):
    anchor = trail.head()
    write_anew(store, 3, reason="innocent")
    store.set_fields("audit_head", "head", {"hash": store.get("audit", name(6))["hash"]})
    assert trail.verify().whole
    assert found(trail, anchor=anchor) == (6, "replaced")
    assert found(trail, anchor=Head(9, anchor.hash)) == (7, "truncated")


def test_a_head_that_is_behind_is_no_break(trail, store):
    """A writer may die between its entry and the note of it."""
    third = store.get("audit", name(3))
    store.set_fields("audit_head", "head", {"seq": 3, "hash": third["hash"]})
    assert trail.verify().whole


def test_a_long_chain_is_walked_in_pages_with_progress(store):
    trail = a_trail(store)
    for _ in range(PAGE + 3):
        trail.record(Action.JOB_RETRY, SOMCHAI)
    told = []
    assert verify(DocumentAudit(store), progress=lambda done, total: told.append((done, total))).checked == PAGE + 3
    assert told[-1] == (PAGE + 3, PAGE + 3)
    assert len(told) == PAGE + 3
