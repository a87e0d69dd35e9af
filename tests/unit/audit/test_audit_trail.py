"""Acts are written down before and after, chained, masked, and not done where that is impossible."""

from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from backend import context
from backend.adapters.documents.store import StoreUnavailable
from backend.adapters.memory.documents import MemoryStore
from backend.audit.actions import Action
from backend.audit.entries import FIRST_PREVIOUS, Who, masked_email
from backend.audit.ports import AuditFilter, SequenceTaken
from backend.audit.trail import AuditTrail
from backend.clock import FrozenClock
from backend.errors import Conflict, TemporaryFailure, Unavailable
from tests.support.audit import SOMCHAI, a_trail, noted
from tests.support.queues import NOON


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def trail(store):
    return a_trail(store, FrozenClock(NOON))


def entries(trail):
    return list(trail.page(AuditFilter(), limit=1000).items)[::-1]


def test_an_entry_says_who_when_from_where_what_why_and_under_which_request(trail):
    with context.bind(requestId="req-12345678"):
        entry = trail.record(
            Action.QUEUE_PAUSE, SOMCHAI, target="aiQc", reason="move", before={"paused": []}, after={"paused": ["aiQc"]}, detail="x"
        )
    assert entry.to_json() == {
        "seq": 1,
        "at": "2026-11-02T05:00:00.000Z",
        "action": "queue.pause",
        "outcome": "done",
        "by": {"id": "user-1", "role": "ADMIN", "email": "s***@example.com", "origin": "203.0.113.7"},
        "target": "aiQc",
        "reason": "move",
        "before": {"paused": []},
        "after": {"paused": ["aiQc"]},
        "detail": "x",
        "requestId": "req-12345678",
        "begun": None,
        "previous": FIRST_PREVIOUS,
    }


def test_each_entry_carries_the_hash_of_the_one_before(trail):
    first, second = (trail.record(Action.JOB_RETRY, SOMCHAI, target=name) for name in "ab")
    assert (first.seq, second.seq, second.previous) == (1, 2, first.hash)
    assert str(trail.head()) == f"2:{second.hash}"


def test_an_act_is_written_down_before_and_after(trail):
    with trail.acting(Action.QUEUE_RESUME, SOMCHAI, target="email", reason="done", before={"paused": ["email"]}) as act:
        assert noted(trail) == [("queue.resume", "begun", "email")]
        act.after = {"paused": []}
    begun, ended = entries(trail)
    assert (ended.outcome, ended.begun, ended.reason) == ("done", begun.seq, "done")
    assert (begun.after, ended.before, ended.after) == (None, {"paused": ["email"]}, {"paused": []})


@pytest.mark.parametrize(
    ("error", "outcome", "detail"),
    [
        (Conflict("it runs"), "refused", "Conflict: it runs"),
        (TemporaryFailure("somchai@example.com is busy"), "failed", "TemporaryFailure: [email] is busy"),
        (ValueError("1-1037-02071-81-1"), "failed", "ValueError"),
        (KeyboardInterrupt(), "failed", "KeyboardInterrupt"),
    ],
)
def test_an_error_is_an_outcome_and_goes_on(trail, error, outcome, detail):
    with pytest.raises(type(error)), trail.acting(Action.JOB_REMOVE, SOMCHAI, target="j-1"):
        raise error
    assert (entries(trail)[1].outcome, entries(trail)[1].detail) == (outcome, detail)


def test_nothing_is_done_that_cannot_be_written_down(trail, store):
    done = []
    store.away = True
    with pytest.raises(Unavailable), trail.acting(Action.QUEUE_CLEAN, SOMCHAI):
        done.append("cleaned")
    assert done == []


def test_an_outcome_that_cannot_be_written_down_leaves_its_beginning_and_a_line_in_the_log(trail, store):
    with capture_logs() as logs, trail.acting(Action.QUEUE_CLEAN, SOMCHAI):
        store.away = True
    store.away = False
    assert noted(trail) == [("queue.clean", "begun", "")]
    assert [(line["event"], line["begun"], line["outcome"]) for line in logs if line["log_level"] == "error"] == [
        ("The outcome of an act could not be written down", 1, "done")
    ]


def test_the_log_has_an_anchor_for_every_entry(trail):
    with capture_logs() as logs:
        entry = trail.record(Action.JOB_RETRY, SOMCHAI)
    assert (logs[0]["seq"], logs[0]["hash"]) == (1, entry.hash)


def test_no_secret_and_no_personal_data_is_kept(trail, store):
    note = "somchai@example.com 1-1037-02071-81-1"
    secrets = {"password": "hunter2", "note": note, "url": "redis://u:hunter2@h", "deep": [{"token": "hunter2"}]}
    told = {"target": "somchai@example.com", "reason": "Bearer hunter2", "before": secrets}
    with suppress(Conflict), trail.acting(Action.USER_ADD, SOMCHAI, **told) as act:
        act.after = secrets
        raise Conflict("somchai@example.com has an account")
    kept = str(store.find("audit"))
    for leak in ("hunter2", "somchai@", "02071"):
        assert leak not in kept
    assert entries(trail)[0].before["password"] == "[redacted]"


def test_what_is_too_long_to_be_kept_for_ever_is_named_only(trail):
    entry = trail.record(Action.JOB_EDIT, SOMCHAI, target="x" * 2000, before={"b": "y" * 9000, "a": 1}, after=["z" * 9000])
    assert len(entry.target) == 500
    assert entry.before["keys"] == ["a", "b"]
    assert entry.after.keys() == {"tooLong"}


@pytest.mark.parametrize(("email", "masked"), [("somchai@example.com", "s***@example.com"), ("", ""), ("nobody", "")])
def test_an_address_is_masked(email, masked):
    assert masked_email(email) == masked


class Crowded:
    """Somebody else is always faster."""

    def last(self):
        return None

    def add(self, entry):
        raise SequenceTaken("taken")


def test_a_chain_that_is_too_busy_refuses_the_act():
    with pytest.raises(Unavailable, match="Too many"):
        AuditTrail(Crowded(), FrozenClock(NOON), sleep=lambda _: None).record(Action.JOB_RETRY, SOMCHAI)


def test_a_writer_that_was_overtaken_chains_itself_to_the_faster_one(store):
    slow, fast = a_trail(store), a_trail(store)
    inner, hurried = slow._kept.last, []

    def last():
        found = inner()
        if not hurried:
            hurried.append(fast.record(Action.JOB_RETRY, Who("fast", "ADMIN")))
        return found

    slow._kept.last = last
    entry = slow.record(Action.JOB_RETRY, Who("slow", "ADMIN"))
    assert (entry.seq, entry.previous) == (2, hurried[0].hash)
    assert slow.verify().whole


def test_the_store_that_is_away_is_the_one_that_acts_need(store):
    store.away = True
    with pytest.raises(StoreUnavailable):
        a_trail(store)
