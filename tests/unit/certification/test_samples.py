"""The five samples, from draft to the result of their quality check, give what is expected of them."""

import json
from importlib import resources
from pathlib import Path

import pytest

from backend.errors import InvalidInput
from tests.support.certification import FARMER, REVIEWER, Department

SAMPLES = resources.files("backend.certification") / "samples"
EXPECTED = json.loads((Path(__file__).parents[2] / "fixtures" / "EXPECTED.json").read_text(encoding="utf-8"))["samples"]


def sample(name):
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


@pytest.fixture
def department():
    return Department()


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected["submitAllowed"]])
def test_a_sample_that_may_be_submitted_ends_with_the_expected_result(department, name):
    expected = EXPECTED[name]["qc"]
    checked = department.in_review(sample(name))
    shown = department.service.to_json(REVIEWER, checked)["aiQc"]
    assert (checked.status, checked.number) == ("IN_REVIEW", "GACP-2569-000001")
    for key in ("status", "overallScore", "rawScore", "grade", "dimensionScores", "inspectionType", "decisionReasons", "issueCounts"):
        assert shown[key] == expected[key], key
    assert [(issue["code"], issue["severity"], issue["path"]) for issue in shown["issues"]] == [
        (issue["code"], issue["severity"], issue["path"]) for issue in expected["issues"]
    ]


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if not expected["submitAllowed"]])
def test_a_sample_that_may_not_be_submitted_is_told_everything(department, name):
    draft = department.draft(sample(name))
    with pytest.raises(InvalidInput) as caught:
        department.service.submit(FARMER, draft.id)
    told = [(error.field, error.code) for error in caught.value.errors]
    assert told == [(error["path"], error["code"]) for error in EXPECTED[name]["validationErrors"]]
    answer = department.service.check(FARMER, draft.id)
    assert answer["requiredDocuments"] == EXPECTED[name]["requiredDocuments"]
    assert answer["qc"]["overallScore"] == EXPECTED[name]["qc"]["overallScore"]
