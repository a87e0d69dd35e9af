"""One of a thing is not many."""

import pytest

from backend.queues.alerts.rules import rules
from backend.queues.wording import Number, number_of
from backend.settings import load


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [(1, ("job",), "1 job"), (0, ("job",), "0 jobs"), (2, ("job is", "jobs are"), "2 jobs are"), (1, ("job is", "jobs are"), "1 job is")],
)
def test_a_number_goes_with_its_noun(number, words, told):
    assert number_of(number, *words) == told


def test_a_number_in_a_text_chooses_a_form():
    text = "{value} {value:worker is/workers are} silent"
    assert [text.format(value=Number(each)) for each in (1, 5.3)] == ["1 worker is silent", "5.3 workers are silent"]


@pytest.mark.parametrize(
    ("name", "one", "more"),
    [
        ("worker-lost:silent", "1 worker is silent", "2 workers are silent"),
        ("stale-jobs", "has 1 job active", "has 2 jobs active"),
        ("failure-burst", "has 1 failure in the last 5 minutes", "has 2 failures in the last 5 minutes"),
        ("no-progress", "ended for 1 minute", "ended for 2 minutes"),
    ],
)
def test_alerts_speak_of_one_as_of_one(name, one, more):
    rule = next(each for each in rules(load()) if each.name == name)
    assert one in rule.message(1, 0, {}).en
    assert more in rule.message(2, 0, {}).en
