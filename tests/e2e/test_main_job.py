"""A farmer submits, the quality check runs, the officer sees the result, the letter, the appointment and the report exist."""

import email
import json
import signal
from email.policy import default
from pathlib import Path

import pypdf
import pytest
from redis import Redis

from backend.adapters.embedded.valkey import serving
from tests.support.stack import Stack, eventually, running

SAMPLES = Path(__file__).parents[2] / "backend/certification/samples"
EXPECTED = json.loads((Path(__file__).parents[1] / "fixtures/EXPECTED.json").read_text())["samples"]
SUBMITTABLE = [name for name, outcome in EXPECTED.items() if outcome["submitAllowed"]]
pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


@pytest.fixture(scope="module", params=["true", "false"], ids=["queued", "inline"])
def stack(request, tmp_path_factory):
    with running(tmp_path_factory.mktemp("stack"), ENABLE_QUEUE=request.param) as started:
        started.queued = request.param == "true"
        yield started


def draft(stack, person, name):
    answer = person.post(f"{stack.base}/api/v1/applications", json=json.loads((SAMPLES / name).read_text()), timeout=20)
    assert answer.status_code == 201, answer.text
    return answer.json()["application"]["id"]


def application(stack, person, application_id):
    return person.get(f"{stack.base}/api/v1/applications/{application_id}", timeout=20).json()["application"]


def finished(found):
    return found["status"] == "IN_REVIEW" and found["reports"] and all(each["syncStatus"] == "SYNCED" for each in found["appointments"])


def letters(stack, application_id):
    """The subjects of the letters in the outbox that link to the application."""
    paths = (stack.folder / "var/outbox").glob("*.eml")
    messages = [email.message_from_bytes(path.read_bytes(), policy=default) for path in paths]
    return [message["Subject"] for message in messages if application_id in message.get_body(("plain",)).get_content()]


def same(outcome, expected):
    """Compare a result of the API with that of the samples: the API carries more, never less."""
    for key in ("status", "overallScore", "rawScore", "grade", "inspectionType"):
        assert outcome[key] == expected[key], key
    if expected["status"] == "SKIPPED":
        return
    for key in ("dimensionScores", "decisionReasons", "checksNotPerformed"):
        assert outcome[key] == expected[key], key
    found = [{key: issue[key] for key in ("code", "severity", "path")} for issue in outcome["issues"]]
    assert found == expected["issues"]
    assert [item["slot"] for item in outcome["missingDocuments"]] == expected["missingDocuments"]


@pytest.mark.parametrize("name", SUBMITTABLE)
def test_a_submitted_sample_ends_with_its_expected_result_letter_appointment_and_report(stack, name):
    farmer, reviewer = stack.sign_in("FARMER"), stack.sign_in("REVIEWER")
    application_id = draft(stack, farmer, name)
    answer = farmer.post(f"{stack.base}/api/v1/applications/{application_id}/submit", timeout=30)
    assert answer.status_code == 200, answer.text
    submitted = answer.json()
    skipped = EXPECTED[name]["qc"]["status"] == "SKIPPED"
    assert submitted["applicationId"] == application_id
    assert submitted["qc"]["status"] == ("skipped" if skipped else "queued" if stack.queued else "completed")
    eventually(lambda: application(stack, farmer, application_id), finished)

    found = eventually(lambda: application(stack, reviewer, application_id), lambda seen: len(seen["reports"]) == 2)
    same(found["aiQc"], EXPECTED[name]["qc"])
    assert found["applicationNumber"].startswith("GACP-25")
    assert len(found["appointments"]) == {"VIDEO": 1, "HYBRID": 2, "ONSITE": 1, None: 0}[found["inspectionType"]]
    eventually(lambda: letters(stack, application_id), lambda seen: len(seen) == (1 if skipped else 2))

    pdf = farmer.get(f"{stack.base}/api/v1/applications/{application_id}/report.pdf", timeout=20)
    assert pdf.headers["Content-Type"] == "application/pdf"
    (stack.folder / "report.pdf").write_bytes(pdf.content)
    assert 1 <= len(pypdf.PdfReader(stack.folder / "report.pdf").pages) <= 6


@pytest.mark.parametrize("name", [name for name in EXPECTED if name not in SUBMITTABLE])
def test_a_sample_that_breaks_the_rules_is_refused_with_every_message_and_stays_a_draft(stack, name):
    farmer = stack.sign_in("FARMER")
    application_id = draft(stack, farmer, name)
    answer = farmer.post(f"{stack.base}/api/v1/applications/{application_id}/submit", timeout=20)
    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [
        (each["path"], each["code"]) for each in EXPECTED[name]["validationErrors"]
    ]
    assert application(stack, farmer, application_id)["status"] == "DRAFT"


def test_the_queues_count_what_was_done(stack):
    data = stack.sign_in("ADMIN").get(f"{stack.base}/api/v1/queue/stats", timeout=20).json()["data"]
    assert set(data) == {"aiQc", "email", "calendar", "report"}
    assert data["aiQc"]["completed"] >= 2
    assert all(counts["failed"] == 0 for counts in data.values())


def test_with_redis_stopped_after_the_start_everything_is_done_in_the_request(tmp_path):
    with serving(tmp_path / "valkey") as url, running(tmp_path, ENABLE_QUEUE="true", REDIS_URL=url) as stack:
        farmer = stack.sign_in("FARMER")
        first = draft(stack, farmer, SUBMITTABLE[0])
        with Redis.from_url(url) as redis:
            redis.shutdown(nosave=True)
        answer = farmer.post(f"{stack.base}/api/v1/applications/{first}/submit", timeout=30)
        assert (answer.status_code, answer.json()["qc"]["status"]) == (200, "completed")
        assert finished(application(stack, farmer, first))
        assert len(letters(stack, first)) == 2
        ready = eventually(lambda: farmer.get(f"{stack.base}/readyz", timeout=10), lambda seen: seen.json()["status"] == "degraded")
        assert ready.status_code == 200


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_leaves_no_process(tmp_path, how):
    stack = Stack(tmp_path).wait_until_ready()
    assert len(stack.children()) >= 4
    code, alive = stack.stop(how)
    assert (code, alive) == (0, [])


def test_kill_minus_nine_of_the_parent_leaves_no_orphan(tmp_path):
    stack = Stack(tmp_path).wait_until_ready()
    _, alive = stack.stop(signal.SIGKILL)
    assert alive == []


def test_what_was_accepted_is_still_there_and_done_after_a_restart(tmp_path):
    with running(tmp_path, AI_QC_AUTO_DELAY_MS="3000") as stack:
        farmer = stack.sign_in("FARMER")
        application_id = draft(stack, farmer, SUBMITTABLE[0])
        farmer.post(f"{stack.base}/api/v1/applications/{application_id}/submit", timeout=20)
        stack.stop(signal.SIGKILL)
    with running(tmp_path) as stack:
        farmer = stack.sign_in("FARMER")
        eventually(lambda: application(stack, farmer, application_id), finished)
        assert len(letters(stack, application_id)) == 2
