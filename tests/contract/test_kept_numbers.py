"""One suite for the numbers of the queues, over every embedded document store and over one process alone."""

import pytest

from backend.adapters.documents.numbers import NUMBERS, DocumentNumbers
from backend.queues.names import QUEUES
from backend.queues.numbers.grains import DAY, HOUR, MINUTE, Stretch
from backend.queues.numbers.in_process import InProcessNumbers
from backend.queues.numbers.kept import Batch, Cell, Ranked, Total
from tests.support.document_stores import opened

AT = 496_001 * 60  # midnight in Thailand


@pytest.fixture(params=["memory", "sqlite", "mongomock", "process"])
def kept(request, tmp_path):
    if request.param == "process":
        yield InProcessNumbers()
        return
    with opened(request.param, tmp_path) as store:
        numbers = DocumentNumbers(store)
        numbers.ensure()
        yield numbers


def batch(counts=(), last=(), ranked=()):
    made = Batch()
    for scope, minute, name, number in counts:
        made.counts[Cell(scope, minute)][name] += number
    for scope, name, millis in last:
        made.happened(scope, name, millis)
    for kind, app, who, name, number in ranked:
        made.ranked[Ranked(kind, app, who)][name] += number
    return made


def series(kept, scope, grain, first, last):
    return {slot: dict(numbers) for slot, numbers in kept.series(scope, Stretch(grain, grain.slot(first), grain.slot(last))).items()}


def test_what_several_processes_add_comes_together_by_scope_and_slot(kept):
    kept.add(batch([("aiQc", AT, "completed-a", 2), ("aiQc", AT + 59, "completed-a", 1), ("email", AT, "failed-b", 4)]))
    kept.add(batch([("aiQc", AT, "completed-a", 1), ("aiQc", AT + 60, "failed-a", 5)]))
    assert series(kept, "aiQc", MINUTE, AT, AT + 60) == {
        AT: {"completed-a": 3},
        AT + 59: {"completed-a": 1},
        AT + 60: {"failed-a": 5},
    }
    hour = HOUR.slot(AT)
    assert series(kept, "aiQc", HOUR, AT, AT + 60) == {hour: {"completed-a": 4}, hour + 1: {"failed-a": 5}}
    assert series(kept, "aiQc", DAY, AT, AT) == {DAY.slot(AT): {"completed-a": 4, "failed-a": 5}}
    assert series(kept, "email", MINUTE, AT, AT + 60) == {AT: {"failed-b": 4}}
    assert series(kept, "report", DAY, AT, AT) == {}


def test_the_minute_before_midnight_in_thailand_belongs_to_the_day_before(kept):
    kept.add(batch([("aiQc", AT - 1, "n", 1), ("aiQc", AT, "n", 2)]))
    assert series(kept, "aiQc", DAY, AT - 1, AT) == {DAY.slot(AT) - 1: {"n": 1}, DAY.slot(AT): {"n": 2}}


def test_a_stretch_has_both_of_its_ends(kept):
    kept.add(batch([("aiQc", AT + minute, "n", minute) for minute in range(1, 6)]))
    assert series(kept, "aiQc", MINUTE, AT + 2, AT + 4) == {AT + minute: {"n": minute} for minute in (2, 3, 4)}


def test_more_slots_than_a_page_are_all_found(kept):
    kept.add(batch([("aiQc", AT + minute, "n", 1) for minute in range(1_205)]))
    assert len(series(kept, "aiQc", MINUTE, AT, AT + 1_204)) == 1_205


def test_totals_are_of_everything_and_know_when_it_was_last(kept):
    assert kept.totals(["aiQc"]) == {}
    kept.add(batch([("aiQc", AT, "n", 2), ("system", AT, "m", 1)], [("aiQc", "ended-a", 5_000)]))
    kept.add(batch([("aiQc", AT + 9_999, "n", 3)], [("aiQc", "ended-a", 4_000), ("aiQc", "ended-b", 1)]))
    found = kept.totals(["aiQc", "email", "system"])
    assert found == {"aiQc": Total({"n": 5}, {"ended-a": 5_000, "ended-b": 1}), "system": Total({"m": 1}, {})}


def test_slots_go_when_they_are_old_and_totals_stay(kept):
    year_later = AT + 367 * DAY.minutes + 120
    kept.add(batch([("aiQc", AT, "n", 1), ("aiQc", year_later, "n", 2)]))
    assert kept.forget(QUEUES, AT) == 0
    assert kept.forget(QUEUES, year_later) > 0
    for grain in (MINUTE, HOUR, DAY):
        assert series(kept, "aiQc", grain, AT, year_later) == {grain.slot(year_later): {"n": 2}}
    assert kept.totals(["aiQc"])["aiQc"].counts == {"n": 3}


def test_the_first_of_a_ranking_are_those_with_the_most(kept):
    kept.add(batch(ranked=[("user", "gacp", f"u{number}", "generations", number) for number in range(1, 6)]))
    kept.add(batch(ranked=[("user", "gacp", "u1", "generations", 7), ("user", "pose-generator", "u9", "generations", 99)]))
    kept.add(batch(ranked=[("thing", "gacp", "TURMERIC", "uses", 3), ("user", "gacp", "u1", "things", 4)]))
    assert [(who, dict(numbers)) for who, numbers in kept.top("user", "gacp", "generations", 2)] == [
        ("u1", {"generations": 8, "things": 4}),
        ("u5", {"generations": 5}),
    ]
    assert [(who, dict(numbers)) for who, numbers in kept.top("thing", "gacp", "uses", 9)] == [("TURMERIC", {"uses": 3})]
    assert kept.top("thing", "pose-generator", "uses", 9) == []


def test_minutes_are_forgotten_long_before_days(tmp_path):
    with opened("sqlite", tmp_path) as store:
        kept = DocumentNumbers(store)
        kept.ensure()
        kept.add(batch([("aiQc", AT, "n", 1)]))
        kept.forget(QUEUES, AT + 50 * 60)
        assert sorted(document["id"].partition(".")[0] for document in store.find(NUMBERS)) == ["day", "hour", "total"]
        kept.forget(QUEUES, AT + 31 * DAY.minutes + 120)
        assert sorted(document["id"].partition(".")[0] for document in store.find(NUMBERS)) == ["day", "total"]
