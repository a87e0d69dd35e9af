"""What is taken from a model's answer, and what is refused."""

import json
from typing import Any

import pytest

from backend.adapters.google.opinion import MAX_ISSUES, MAX_RECOMMENDATIONS, UnusableAnswer, read_answer
from tests.support.fake_gemini import an_answer, an_issue


def read(**changes: Any) -> Any:
    return read_answer(json.dumps(an_answer(**changes)))


def scores(**changes: Any) -> dict[str, Any]:
    return {**an_answer()["dimension_scores"], **changes}


@pytest.mark.parametrize(
    ("given", "taken"), [(-1, 0.0), (0, 0.0), (55.5, 55.5), (100, 100.0), (100.1, 100.0), (1e300, 100.0), ("80", 80.0)]
)
def test_a_score_is_held_between_0_and_100(given: Any, taken: float) -> None:
    answer = read(dimension_scores=scores(EVIDENCE=given))

    assert answer.dimension_scores.model_dump()["EVIDENCE"] == taken


@pytest.mark.parametrize(("given", "taken"), [(-0.1, 0.0), (0.59, 0.59), (1, 1.0), (95, 1.0)])
def test_confidence_is_held_between_0_and_1(given: float, taken: float) -> None:
    assert read(confidence=given).confidence == taken


@pytest.mark.parametrize("key", ["COMPLETENESS", "DOCUMENTS", "CONSISTENCY", "EVIDENCE", "GACP_READINESS"])
def test_an_answer_without_one_of_the_dimensions_is_unusable(key: str) -> None:
    with pytest.raises(UnusableAnswer, match=key):
        read(dimension_scores={name: score for name, score in scores().items() if name != key})


@pytest.mark.parametrize("key", ["dimension_scores", "issues", "recommendations", "confidence"])
def test_an_answer_without_one_of_its_parts_is_unusable(key: str) -> None:
    answer = an_answer()
    del answer[key]

    with pytest.raises(UnusableAnswer, match=f"{key}: missing"):
        read_answer(json.dumps(answer))


@pytest.mark.parametrize(
    "text",
    ["", " ", "null", "[]", '"good"', "{", "I approve.", "```json\n{}\n```", '{"confidence": NaN}', '"\\ud800"', "[" * 100_000],
)
def test_what_is_not_json_of_the_schema_is_unusable(text: str) -> None:
    with pytest.raises(UnusableAnswer):
        read_answer(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_score_that_is_no_number_is_unusable(number: str) -> None:
    with pytest.raises(UnusableAnswer):
        read_answer(json.dumps(an_answer()).replace('"EVIDENCE": 90', f'"EVIDENCE": {number}'))


def test_unknown_keys_are_dropped() -> None:
    answer = read(inspection_type="VIDEO", issues=[an_issue(approve=True)])

    assert set(answer.model_dump()) == {"dimension_scores", "issues", "recommendations", "confidence"}
    assert set(answer.issues[0].model_dump()) == {"code", "severity", "path", "message_th", "message_en"}


@pytest.mark.parametrize("field", ["code", "path", "message_th"])
@pytest.mark.parametrize("empty", ["", "  ", "\u200b"])
def test_an_issue_that_does_not_say_what_or_where_is_unusable(field: str, empty: str) -> None:
    with pytest.raises(UnusableAnswer, match=f"issues.0.{field}"):
        read(issues=[an_issue(**{field: empty})])


def test_an_issue_may_lack_its_english_words() -> None:
    issue = an_issue()
    del issue["message_en"]

    assert read(issues=[issue]).issues[0].message_en == ""


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("WATER_TEST", "WATER_TEST"),
        ("water test", "WATER_TEST"),
        ("_A--b_", "A_B"),
        ("<script>", "SCRIPT"),
        ("x" * 80, "X" * 60),
    ],
)
def test_a_code_becomes_upper_case_ascii(given: str, taken: str) -> None:
    assert read(issues=[an_issue(code=given)]).issues[0].code == taken


@pytest.mark.parametrize(("given", "taken"), [("HIGH", "HIGH"), ("high", "HIGH"), ("Info", "INFO")])
def test_a_severity_is_one_of_five(given: str, taken: str) -> None:
    assert read(issues=[an_issue(severity=given)]).issues[0].severity == taken


@pytest.mark.parametrize("severity", ["FATAL", "", None, 3])
def test_an_unknown_severity_is_unusable(severity: Any) -> None:
    with pytest.raises(UnusableAnswer, match=r"issues\.0\.severity"):
        read(issues=[an_issue(severity=severity)])


@pytest.mark.parametrize("audience", ["PUBLIC", "", None])
def test_an_unknown_audience_is_unusable(audience: Any) -> None:
    with pytest.raises(UnusableAnswer, match=r"recommendations\.0\.audience"):
        read(recommendations=[{"audience": audience, "text_th": "ก"}])


def test_texts_are_composed_and_lose_what_cannot_be_seen() -> None:
    given = "  น\u0e49\u0e4dา\u200bท\u202eดี\u0000 cafe\u0301 "

    assert read(issues=[an_issue(message_th=given)]).issues[0].message_th == "น\u0e49\u0e4dาทดี caf\u00e9"


@pytest.mark.parametrize(("field", "limit"), [("path", 200), ("message_th", 600), ("message_en", 600)])
def test_long_texts_are_cut(field: str, limit: int) -> None:
    assert len(getattr(read(issues=[an_issue(**{field: "ก" * (limit + 1)})]).issues[0], field)) == limit


def test_only_the_first_fifty_issues_count() -> None:
    answer = read(issues=[an_issue(code=f"N{number}") for number in range(60)])

    assert len(answer.issues) == MAX_ISSUES == 50
    assert answer.issues[-1].code == "N49"


def test_only_the_first_recommendations_count() -> None:
    answer = read(recommendations=[{"audience": "REVIEWER", "text_th": "ก"}] * 30)

    assert len(answer.recommendations) == MAX_RECOMMENDATIONS


def test_the_problem_quotes_nothing_of_the_answer() -> None:
    with pytest.raises(UnusableAnswer) as problem:
        read(issues=[an_issue(severity="สวนลับ")], confidence="นายสมชาย")

    assert str(problem.value) == "issues.0.severity: literal_error; confidence: float_parsing"
