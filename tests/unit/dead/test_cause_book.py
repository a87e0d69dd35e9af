"""The book of causes fills as jobs give up, however they do, and is put right from the ledger."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from backend.adapters.documents.causes import DocumentCauses
from backend.adapters.documents.ledger import CHUNK
from backend.adapters.memory.documents import MemoryStore
from backend.errors import InvalidInput, NotFound, PermanentFailure, TemporaryFailure, Unavailable
from backend.queues.cause_book import CauseBook
from backend.queues.causes import cause_of
from backend.queues.dead_filter import DeadFilter
from backend.queues.dead_office import BY_THEN_WRITTEN
from backend.queues.middleware.group_causes import AT_ONCE, MOST, GroupCauses
from backend.queues.regrouping import Regrouping
from backend.queues.testing import drain
from backend.queues.transitions import MAX_LOST_RUNS
from tests.support.dead import DeadDesk
from tests.support.queues import run_errand
from tests.unit.dead.test_causes import dead


@pytest.fixture
def desk():
    return DeadDesk()


def titles(desk, **where):
    desk.office.grouping.flush()
    return [(cause.error_class, cause.count) for cause in desk.book.page(**where).items]


def submit(desk, **options):
    return desk.service.submit(run_errand, {"place": "x"}, **options).job_id


def test_twelve_failures_of_a_provider_are_one_cause(desk):
    desk.kill(12, "HTTP 503: busy, request {}")
    (cause,) = desk.book.page().items
    assert (cause.title, cause.count, cause.state) == ("PermanentFailure: HTTP 503: busy, request <n>", 12, "new")
    assert cause.to_json()["affected"] == {"applications": 12, "people": 0, "more": False}
    assert len(desk.dead_ids(cause=cause.id)) == 12


def test_a_job_that_is_tried_again_has_given_up_only_at_the_end(desk):
    submit(desk, attempts=2, backoff=None)
    desk.errands.outcomes = [TemporaryFailure("busy"), TemporaryFailure("busy")]
    drain(desk.platform)
    assert titles(desk) == [("TemporaryFailure", 1)]


def test_jobs_that_die_inline_are_grouped(desk):
    desk = DeadDesk(ENABLE_QUEUE="false")
    desk.errands.outcomes = [PermanentFailure("no")]
    submit(desk)
    assert titles(desk) == [("PermanentFailure", 1)]


def test_jobs_whose_workers_were_lost_are_grouped(desk):
    submit(desk)
    for _ in range(MAX_LOST_RUNS):
        desk.take_and_vanish()
        desk.clock.move(timedelta(minutes=5))
        desk.recovery.reap_lost()
    assert titles(desk) == [("LostWorker", 1)]


def test_jobs_that_waited_too_long_are_grouped(desk):
    submit(desk, ttl=1_000)
    desk.clock.move(timedelta(seconds=2))
    desk.platform.timers.expire()
    assert titles(desk) == [("JobExpired", 1)]


def test_jobs_that_were_cancelled_are_grouped(desk):
    with capture_logs() as lines:
        desk.platform.job_control.cancel(submit(desk), by="somchai")
        assert titles(desk) == [("JobCancelled", 1)]
    assert desk.book.counts() == {"new": 0, "known": 0, "fixed": 0, "ignored": 1}, "it is no news that somebody wanted it"
    assert {line["log_level"] for line in lines} == {"info"}
    assert [line["called"] for line in lines if line["event"] == "Job was cancelled"] == ["job_cancelled"]


def test_a_cause_is_marked_with_a_note_by_somebody(desk):
    cause = desk.cause(desk.kill()[0])
    marked = desk.book.mark(cause, "known", note="ticket 17", by="somchai")
    assert (marked.state, marked.note, marked.changed_by, marked.changed_at) == ("known", "ticket 17", "somchai", desk.clock.now())
    assert desk.book.mark(cause, note="ticket 18", by="somsri").state == "known"
    assert desk.book.mark(cause, "fixed", fixed_in="1.2.0").fixed_in == "1.2.0"
    assert desk.book.mark(cause, note="still").fixed_in == "1.2.0"
    assert desk.book.mark(cause, "ignored").fixed_in == ""
    assert desk.book.counts() == {"new": 0, "known": 0, "fixed": 0, "ignored": 1}
    assert [each.id for each in desk.book.page(state="ignored").items] == [cause]


def test_what_cannot_be_marked_is_told(desk):
    cause = desk.cause(desk.kill()[0])
    with pytest.raises(NotFound, match="gacp dead causes"):
        desk.book.mark("nosuch", "known")
    with pytest.raises(InvalidInput, match="only a cause that is fixed"):
        desk.book.mark(cause, "known", fixed_in="1.0")


def test_a_fixed_cause_that_comes_back_is_new_again(desk):
    cause = desk.cause(desk.kill()[0])
    desk.book.mark(cause, "fixed", by="somchai")
    desk.clock.move(timedelta(minutes=1))
    desk.kill(2)
    again = desk.book.get(cause)
    assert (again.state, again.regressions, again.count) == ("new", 1, 3)


def test_regroup_puts_the_book_right_and_keeps_what_people_noted(desk):
    ids = desk.kill(3) + desk.kill(2, "another thing went wrong")
    causes = [desk.cause(ids[0]), desk.cause(ids[-1])]
    desk.book.mark(causes[0], "known", note="ticket 17", by="somchai")
    desk.store.set_fields("causes", causes[0], {"count": 1, "last_job_id": "x"})
    desk.store.delete("causes", causes[1])
    for job_id in ids:
        desk.store.set_fields("jobs", job_id, {"shelf": None, "cause": None})  # as an older version left it
    assert desk.dead_ids() == []
    told = []

    assert desk.book.regroup(told.append) == (5, 2)

    assert told == [5]
    assert len(desk.dead_ids()) == 5
    assert len(desk.dead_ids(cause=causes[1])) == 2
    repaired, found = (desk.book.get(cause) for cause in causes)
    assert (repaired.count, repaired.state, repaired.note) == (3, "known", "ticket 17")
    assert (found.count, found.state) == (2, "new")
    assert desk.book.regroup() == (5, 2)
    assert desk.book.get(causes[0]).count == 3


def test_regroup_is_no_regression(desk):
    cause = desk.cause(desk.kill()[0])
    desk.book.mark(cause, "fixed", fixed_in="0.1")
    desk.book.regroup()
    assert desk.book.get(cause).state == "fixed"


@pytest.fixture
def updated(desk):
    """A desk whose dead letters are of a version that knew no causes: more than one step takes."""
    (first,) = desk.kill()
    job = desk.ledger.get(first)
    desk.ledger.add_many([replace(job, id=f"old-{number}") for number in range(CHUNK)])
    desk.store.delete("causes", desk.cause(first))
    for each in desk.dead_ids():
        desk.store.set_fields("jobs", each, {"shelf": None, "cause": None})
    assert desk.dead_ids() == []
    return desk


def test_the_scheduler_puts_dead_letters_of_older_versions_under_their_causes_step_by_step(updated):
    go_on = updated.office.regrouping.go_on
    assert [go_on() for _ in range(5)] == [True, True, False, False, False]
    assert updated.dead.count(DeadFilter()) == CHUNK + 1
    assert [cause.count for cause in updated.book.page().items] == [CHUNK + 1]


def test_it_does_so_once_whoever_leads(updated):
    while updated.office.regrouping.go_on():
        pass
    updated.store.set_fields("jobs", "old-0", {"shelf": None})
    assert not Regrouping(updated.book).go_on()
    assert updated.dead.count(DeadFilter()) == CHUNK


def test_regrouping_by_hand_leaves_nothing_to_do(updated):
    updated.book.regroup()
    assert not updated.office.regrouping.go_on()


def test_a_store_that_goes_away_half_way_does_not_make_it_done(updated):
    go_on = updated.office.regrouping.go_on
    assert (go_on(), go_on()) == (True, True)
    updated.store.away = True
    with pytest.raises(Unavailable):
        go_on()
    updated.store.away = False
    while go_on():
        pass
    assert updated.dead.count(DeadFilter()) == CHUNK + 1
    assert updated.book.is_regrouped()


def test_what_a_killed_process_had_seen_is_found_by_the_scheduler(desk):
    cause = desk.cause(desk.kill()[0])
    desk.store.delete("causes", cause)
    assert desk.office.group_missing() == 0, "its process may live, and be about to write it down"
    desk.clock.move(BY_THEN_WRITTEN)
    assert desk.office.group_missing() == 1
    assert desk.book.get(cause).count == 1
    assert desk.office.group_missing() == 0


def test_causes_of_long_ago_are_forgotten(desk):
    desk.kill()
    desk.clock.move(timedelta(days=91))
    assert desk.office.forget_old() == 1
    assert desk.book.page().items == []


class Later:
    """Notes what is to be done later."""

    def __init__(self):
        self.due = []

    def __call__(self, _seconds, act):
        self.due.append(act)

    def run(self):
        due, self.due = self.due, []
        for act in due:
            act()


@pytest.fixture
def storm():
    return a_storm(MemoryStore())


def a_storm(store):
    later = Later()
    kept = DocumentCauses(store)
    kept.ensure()
    grouping = GroupCauses(CauseBook(kept, None, None), later=later)
    grouping.store, grouping.later, grouping.kept = store, later, kept
    grouping.writes = lambda: len(store.find("causes", limit=10_000))
    return grouping


def words(number):
    """A message that nothing is taken out of."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def test_a_storm_of_one_cause_is_one_write(storm):
    for number in range(2_000):
        storm.ended(dead(ValueError(f"no place {number}"), id=f"j-{number}"))
    assert storm.writes() == 0
    storm.later.run()
    (cause,) = storm.kept.page().items
    assert (cause.count, cause.version) == (2_000, 1)
    assert storm.later.due == []


def test_a_storm_of_causes_is_written_in_parts_and_bounded(storm):
    for number in range(MOST + 500):
        storm.ended(dead(ValueError(words(number))))
    storm.later.run()
    assert (storm.writes(), len(storm.later.due)) == (AT_ONCE, 1)
    while storm.later.due:
        storm.later.run()
    assert storm.writes() == MOST


def test_while_the_store_is_away_causes_wait_in_memory(storm):
    storm.ended(dead(ValueError("x")))
    storm.store.away = True
    storm.later.run()
    storm.ended(dead(ValueError("x")))
    storm.store.away = False
    storm.later.run()
    assert [cause.count for cause in storm.kept.page().items] == [2]


class Picky(MemoryStore):
    """Cannot keep a cause with one of these words, as a store that a text cannot be written to."""

    def insert(self, collection, document):
        if "poison" in str(document):
            raise ValueError("a text that cannot be kept")
        super().insert(collection, document)


def test_a_cause_that_no_store_can_keep_keeps_no_other_from_being_written():
    storm = a_storm(Picky())
    for _ in range(2):
        storm.ended(dead(ValueError("poison")))
    storm.ended(dead(ValueError("x")))
    storm.later.run()
    assert [cause.title for cause in storm.kept.page().items] == ["ValueError: x"]
    assert storm.later.due == [], "it is not tried for ever"


def test_a_flush_that_fails_loses_nothing(storm):
    for number in range(3):
        storm.ended(dead(ValueError(words(number))))
    storm.store.away = True
    with pytest.raises(Unavailable):
        storm.flush()
    storm.store.away = False
    storm.flush()
    assert storm.writes() == 3


def test_whoever_does_not_give_up_costs_nothing(storm):
    job = dead(ValueError("x"))
    storm.ended(job.noted(job.created_at, "completed", state="completed"))
    assert storm.later.due == []
    assert cause_of(job) is not None
