"""The samples give exactly the outcome that was agreed, to the letter of its JSON."""

import json

import pytest

from backend.certification.quality.outcome import outcome
from tests.support.rule_cases import AS_OF, EXPECTED, form


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_gives_the_agreed_outcome(name):
    answer = outcome(form(base=int(name[:2])), AS_OF)
    assert json.dumps(answer) == json.dumps(EXPECTED[name])


def test_the_full_outcome_says_the_same_with_words():
    name = next(iter(EXPECTED))
    full = outcome(form(base=1), AS_OF, full=True)
    assert {key: full["qc"][key] for key in ("overallScore", "dimensionScores", "decisionReasons")} == {
        key: EXPECTED[name]["qc"][key] for key in ("overallScore", "dimensionScores", "decisionReasons")
    }
    assert full["warnings"][0]["code"] == "PROVINCE_DIGITS_UNUSUAL"


def test_every_error_and_issue_of_the_full_outcome_has_words_in_both_languages():
    full = outcome(form(base=5), AS_OF, full=True)
    for item in [*full["validationErrors"], *full["qc"]["issues"]]:
        assert item["messageTh"], item
        assert item["messageEn"], item
    assert {item["messageEn"] for item in full["validationErrors"]} >= {
        "Latitude and longitude are swapped",
        "Phone is not a valid Thai phone number",
    }
