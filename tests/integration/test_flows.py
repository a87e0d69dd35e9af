"""What follows from what: every event of an application, and the jobs, letters and entries that come of it."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from backend.accounts.roles import Role
from backend.adapters.documents.applications import DocumentApplications
from backend.adapters.memory.documents import MemoryStore
from backend.certification.events import ApplicationSubmitted, QualityCheckFinished
from backend.certification.inspections import CANCELLED
from tests.support.site import INCOMPLETE, REPLACEMENT, Site, sample

LIST = "/api/v1/applications"
SUMMARIES = ["make_report applicant", "make_report officer"]


@pytest.fixture
def site(tmp_path):
    store = MemoryStore()
    site = Site(tmp_path, store=store, OFFICER_EMAIL="desk@office.example")
    site.store = store
    yield site
    site.close()


@pytest.fixture
def farmer(site):
    return site.sign_in()


@pytest.fixture
def reviewer(site):
    return site.sign_in(Role.REVIEWER)


def jobs(site, application_id):
    """What was done for an application so far: each type of job with what it was about, counted."""
    found = site.services.queues.list(subject=application_id, limit=200).items
    assert {job.state.value for job in found} <= {"completed"}
    return Counter(" ".join(filter(None, (job.type, job.payload.get("kind") or job.payload.get("variant")))) for job in found)


def letters(site, folder):
    """The kinds of the letters that went out."""
    return sorted(path.name.split("-", 1)[1].rsplit("-", 1)[0] for path in (folder / "outbox").glob("*.eml"))


def test_a_submission_is_acknowledged_checked_summarised_and_put_into_the_calendar(site, farmer, tmp_path):
    application_id = site.submitted(farmer)

    expected = ["run_ai_qc", "send_letter application.submitted", "send_letter qc.completed", "send_letter new-application"]
    assert jobs(site, application_id) == Counter([*expected, *SUMMARIES, "sync_appointment"])
    assert letters(site, tmp_path) == ["application.submitted", "new-application", "qc.completed"]


def test_a_replacement_has_no_check_and_no_inspection_but_officers_learn_of_it(site, farmer, tmp_path):
    application_id = site.submitted(farmer, sample(REPLACEMENT))

    expected = ["send_letter application.submitted", "send_letter new-application"]
    assert jobs(site, application_id) == Counter([*expected, *SUMMARIES])
    assert letters(site, tmp_path) == ["application.submitted", "new-application"]


def test_a_run_by_hand_is_no_new_work_for_officers(site, farmer, reviewer, tmp_path):
    application_id = site.submitted(farmer)
    before = jobs(site, application_id)

    assert reviewer.post(f"/api/v1/ai-qc/applications/{application_id}/run", json={"useQueue": False}).status_code == 200

    came = jobs(site, application_id) - before
    assert (came["run_ai_qc"], came["send_letter qc.completed"], came["send_letter new-application"]) == (1, 1, 0)
    assert letters(site, tmp_path).count("new-application") == 1


def test_a_revision_and_its_answer_are_told_and_checked_again(site, farmer, reviewer, tmp_path):
    application_id = site.submitted(farmer)
    items = [{"path": "documents.LAND_RIGHTS", "reason": "the scan is cut off"}]

    sent_back = reviewer.post(f"{LIST}/{application_id}/request-revision", json={"items": items, "comment": "please scan it again"})
    assert sent_back.status_code == 200
    assert letters(site, tmp_path).count("status-change.revision") == 1

    assert farmer.post(f"{LIST}/{application_id}/resubmit").status_code == 200
    done = jobs(site, application_id)
    assert (done["run_ai_qc"], done["send_letter application.submitted"], done["send_letter new-application"]) == (2, 2, 2)


def test_a_withdrawal_reaches_the_calendar(site, farmer):
    application_id = site.submitted(farmer)

    assert farmer.post(f"{LIST}/{application_id}/withdraw", json={}).status_code == 200

    [appointment] = site.services.inspections.of_application(application_id)
    assert (appointment.status, appointment.sync_status) == (CANCELLED, "SYNCED")
    assert jobs(site, application_id)["sync_appointment"] == 2


def test_events_that_are_told_again_have_no_second_effect(site, farmer, tmp_path):
    application_id = site.submitted(farmer)
    before = (jobs(site, application_id), letters(site, tmp_path))
    repository = DocumentApplications(site.store)
    application = repository.get(application_id)

    repository.save(replace(application, outbox=told_of(application)), application.version)  # as after a crash before it was noted
    site.services.clock.move(timedelta(minutes=1))

    assert site.services.certification.publish_pending() == 1
    assert repository.get(application_id).outbox == ()
    assert (jobs(site, application_id), letters(site, tmp_path)) == before


def told_of(application):
    """The events of an application that was submitted and checked, as they lay in its outbox."""
    entries = {entry.event: entry for entry in application.history}
    submitted, finished = entries["submit"], entries["qc_finished"]
    about = {"application_id": application.id, "application_number": application.number, "version": 3, "request_id": "", "actor_id": "a"}
    result = application.ai_qc
    found = {"run_id": result.run_id, "status": result.status, "inspection_type": result.inspection_type}
    return (
        ApplicationSubmitted(event_id=submitted.id, at=submitted.at, request_type="RENEWAL", **about),
        QualityCheckFinished(event_id=finished.id, at=finished.at, **found, **about),
    )


def test_what_is_refused_has_no_consequences(site, farmer, tmp_path):
    application_id = site.draft(farmer, sample(INCOMPLETE))

    assert farmer.post(f"{LIST}/{application_id}/submit").status_code == 422

    assert jobs(site, application_id) == Counter()
    assert letters(site, tmp_path) == []
