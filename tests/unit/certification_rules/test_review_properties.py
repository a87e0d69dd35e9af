"""What holds for every application, however strange."""

import json
from copy import deepcopy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.certification.form import ApplicationForm
from backend.certification.ports import AiOpinion
from backend.certification.quality.merge import merge_ai
from backend.certification.quality.outcome import outcome
from backend.certification.quality.redaction import redact
from backend.certification.quality.result import QcResult
from backend.certification.quality.review import review
from backend.errors import InvalidInput
from tests.support.rule_cases import AS_OF, POLICY, body, form, result

TEXTS = st.one_of(
    st.text(max_size=20), st.sampled_from(["", "๑๒๓", "2569-11-02", "1/1/69", "4-2-25 ไร่", "\ud800", "{th}", "REPLACEMENT", "NEW"])
)
NUMBERS = st.one_of(st.integers(-(10**13), 10**13), st.floats(allow_nan=True, allow_infinity=True))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
RELAXED = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def places(value, way=()):
    """The way to every value of a JSON document."""
    yield way
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*way, key))


PLACES = {number: [way for way in places(body(base=number)) if way] for number in (1, 2, 5)}


@st.composite
def damaged(draw):
    """A sample in which some values became something else."""
    number = draw(st.sampled_from(sorted(PLACES)))
    document = deepcopy(body(base=number))
    for way in draw(st.lists(st.sampled_from(PLACES[number]), min_size=1, max_size=4)):
        holder = document
        try:
            for step in way[:-1]:
                holder = holder[step]
            holder[way[-1]] = draw(JSON)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took this place away
    return document


def check(document):
    try:
        read = ApplicationForm.parse(document)
    except InvalidInput:
        return
    answer = outcome(read, AS_OF, full=True)
    json.dumps(answer, allow_nan=False).encode()
    scores = [answer["qc"]["overallScore"], *(answer["qc"]["dimensionScores"] or {}).values()]
    assert all(score is None or 0 <= score <= 100 for score in scores)
    assert (answer["qc"]["inspectionType"] is None) == (answer["qc"]["status"] == "SKIPPED")
    assert QcResult.from_json(answer["qc"]).to_json() == answer["qc"]
    json.dumps(redact(read, AS_OF), allow_nan=False).encode()


@RELAXED
@given(damaged())
def test_a_damaged_application_is_refused_by_field_or_reviewed(document):
    check(document)


@RELAXED
@given(st.dictionaries(st.sampled_from(sorted(body())), JSON, max_size=6))
def test_any_json_object_is_refused_by_field_or_reviewed(document):
    check(document)


def without(holder, index):
    return [item for place, item in enumerate(holder) if place != index]


def evidence():
    """Every way to take one flawless piece of evidence away from a sample: a paper that speaks against itself is none."""
    for number in (1, 2):
        whole, flawed = body(base=number), {issue.path for issue in result(base=number).issues}
        for key in ("documents", "photos", "sopSections", "crops"):
            for index, item in enumerate(whole[key]):
                if not {f"{key}.{index}", f"{key}.{item['slot'] if key == 'documents' else index}"} & flawed:
                    yield number, {key: without(whole[key], index)}
        yield from ((number, {f"selfAssessment.{name}": {}}) for name in POLICY.quality.category_evidence)


def test_taking_flawless_evidence_away_never_raises_the_score():
    before = {number: result(base=number) for number in (1, 2)}
    for number, changes in evidence():
        after = result(changes, base=number)
        assert after.raw_score <= before[number].raw_score, changes
        remoteness = ("ONSITE", "HYBRID", "VIDEO").index
        assert remoteness(after.inspection_type) <= remoteness(before[number].inspection_type), changes


SCORES = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 100))
ISSUES = st.fixed_dictionaries(
    dict.fromkeys(("code", "path", "message_th", "message_en"), TEXTS) | {"severity": st.sampled_from(["CRITICAL", "HIGH", "LOW", "x"])}
)


@RELAXED
@given(
    number=st.sampled_from([1, 2, 4, 5]),
    scores=st.dictionaries(st.sampled_from(sorted(POLICY.quality.dimension_weights)), SCORES),
    issues=st.lists(ISSUES, max_size=4),
    confidence=SCORES,
)
def test_no_opinion_whatever_raises_a_score_or_removes_an_issue_or_relaxes_the_inspection(number, scores, issues, confidence):
    ours = review(form(base=number), AS_OF)
    merged = merge_ai(ours, AiOpinion(scores, issues, (), confidence, "m", "p"))
    assert all(
        ours.dimension_scores[name] - 20 - 1e-9 <= score <= ours.dimension_scores[name] for name, score in merged.dimension_scores.items()
    )
    assert merged.overall_score <= ours.overall_score
    assert set(ours.issues) <= set(merged.issues)
    remoteness = ("ONSITE", "HYBRID", "VIDEO").index
    assert remoteness(merged.inspection_type) <= remoteness(ours.inspection_type)
    assert all(issue.code.startswith("AI_") and issue.severity != "CRITICAL" for issue in set(merged.issues) - set(ours.issues))
