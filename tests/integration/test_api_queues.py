"""Quality checks by hand, jobs, and the queues: over HTTP, with and without a queue."""

import re

import pytest

from backend.accounts.roles import Role
from tests.support.site import Site

QUEUES = ("aiQc", "email", "calendar", "report")
COUNTERS = {"waiting", "active", "completed", "failed", "delayed", "paused"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Everything runs in the caller."""
    site = Site(tmp_path_factory.mktemp("inline"))
    yield site
    site.close()


@pytest.fixture
def queued(tmp_path, redis_url):
    """Jobs go to a real server; nobody works."""
    site = Site(tmp_path, ENABLE_QUEUE="true", REDIS_URL=redis_url)
    yield site
    site.close()


def run(client, application_id, **body):
    return client.post(f"/api/v1/ai-qc/applications/{application_id}/run", json=body)


def test_a_check_by_hand_is_queued(queued):
    application_id = queued.submitted(queued.sign_in())

    response = run(queued.sign_in(Role.REVIEWER), application_id, useQueue=True)

    body = response.get_json()
    assert response.status_code == 200
    assert body == {"success": True, "jobId": body["jobId"], "status": "queued", "message": "AI QC queued for processing"}
    job = queued.services.queues.get(body["jobId"])
    assert (job.queue, job.options.priority, job.options.attempts, job.options.delay) == ("aiQc", 5, 3, 0)


def test_the_automatic_check_waits_five_seconds_behind_the_manual_ones(queued):
    farmer = queued.sign_in()
    application_id = queued.draft(farmer)

    body = farmer.post(f"/api/v1/applications/{application_id}/submit").get_json()

    job = queued.services.queues.get(body["qc"]["jobId"])
    assert (body["status"], body["qc"]["status"]) == ("SUBMITTED", "queued")
    assert (job.options.priority, job.options.delay, job.state) == (7, 5000, "delayed")


def test_job_options_have_bulls_names(queued):
    application_id = queued.submitted(queued.sign_in())
    options = {"priority": 2, "delay": 1500, "attempts": 4, "backoff": {"type": "fixed", "delay": 100}, "jobId": "my-job-1"}

    body = run(queued.sign_in(Role.REVIEWER), application_id, **options).get_json()

    job = queued.services.queues.get("my-job-1")
    assert body["jobId"] == "my-job-1"
    assert (job.options.priority, job.options.delay, job.options.attempts) == (2, 1500, 4)


def test_a_job_id_answers_for_one_application_only(queued):
    farmer, reviewer = queued.sign_in(), queued.sign_in(Role.REVIEWER)
    one, other = queued.submitted(farmer), queued.submitted(farmer)

    assert run(reviewer, one, jobId="mine").status_code == 200
    assert run(reviewer, one, jobId="mine").get_json()["jobId"] == "mine"
    assert run(reviewer, other, jobId="mine").status_code == 409


def test_an_option_of_a_wrong_type_is_named_as_it_was_sent(queued):
    application_id = queued.submitted(queued.sign_in())

    errors = run(queued.sign_in(Role.REVIEWER), application_id, backoff="soon").get_json()["errors"]

    assert {error["field"] for error in errors} == {"backoff"}


def test_without_the_queue_it_runs_now(queued):
    application_id = queued.submitted(queued.sign_in())

    body = run(queued.sign_in(Role.REVIEWER), application_id, useQueue=False).get_json()

    assert (body["success"], body["status"]) == (True, "completed")
    assert body["data"]["inspectionType"] == "VIDEO"
    assert body["data"]["overallScore"] == 99.5


def test_where_no_queue_is_enabled_it_runs_now_too(site):
    application_id = site.submitted(site.sign_in())

    body = run(site.sign_in(Role.INSPECTOR), application_id).get_json()

    assert body["status"] == "completed"
    shown = site.sign_in().get(f"/api/v1/applications/{application_id}").get_json()["application"]["aiQc"]
    assert body["data"]["runId"] == shown["runId"]
    assert "by-hand" in shown["runId"]


@pytest.mark.parametrize(
    "body", [{"priority": -1}, {"priority": "high"}, {"delay": -5}, {"attempts": 0}, {"useQueue": "yes"}, {"prority": 1}, {"jobId": "a:b"}]
)
def test_a_bad_option_is_refused_by_name(site, body):
    application_id = site.submitted(site.sign_in())

    response = run(site.sign_in(Role.REVIEWER), application_id, **body)

    assert response.status_code == 422
    assert [error["field"] for error in response.get_json()["errors"]] == list(body)


def test_only_staff_run_a_check(site):
    application_id = site.submitted(site.sign_in())

    assert run(site.sign_in(), application_id).status_code == 403
    assert run(site.stranger(), application_id).status_code == 401
    assert run(site.sign_in(Role.REVIEWER), "nothing").status_code == 404


def test_a_draft_has_nothing_to_check(site):
    assert run(site.sign_in(Role.REVIEWER), site.draft(site.sign_in())).status_code == 409


def test_stats_have_every_queue_and_every_counter(site):
    body = site.sign_in(Role.ADMIN).get("/api/v1/queue/stats").get_json()

    assert set(body) == {"success", "data", "timestamp"}
    assert tuple(body["data"]) == QUEUES
    assert all(set(counts) == COUNTERS for counts in body["data"].values())
    assert TIME.fullmatch(body["timestamp"])


def test_stats_count_what_happened(queued):
    admin = queued.sign_in(Role.ADMIN)
    queued.submitted(queued.sign_in())

    counts = admin.get("/api/v1/queue/stats").get_json()["data"]

    assert counts["aiQc"]["delayed"] == 1
    assert counts["email"]["waiting"] >= 1


def test_health_has_numbers_and_alerts(site):
    body = site.sign_in(Role.ADMIN).get("/api/v1/queue/health").get_json()

    assert (body["success"], body["healthy"], body["alerts"]) == (True, True, [])
    assert tuple(body["stats"]) == QUEUES
    assert TIME.fullmatch(body["timestamp"])


def test_too_many_waiting_jobs_raise_an_alert(tmp_path, redis_url):
    site = Site(tmp_path, ENABLE_QUEUE="true", REDIS_URL=redis_url, ALERT_WAITING_JOBS=0)
    application_id = site.submitted(site.sign_in())
    run(site.sign_in(Role.ADMIN), application_id)

    alerts = site.sign_in(Role.ADMIN).get("/api/v1/queue/health").get_json()["alerts"]

    assert {"queue": "AI QC", "severity": "warning", "message": "1 waiting jobs"}.items() <= alerts[0].items()
    site.close()


def test_queues_are_paused_and_resumed_together_or_one_by_one(queued):
    admin = queued.sign_in(Role.ADMIN)

    assert admin.post("/api/v1/queue/pause").get_json()["paused"] == sorted(QUEUES)
    assert admin.post("/api/v1/queue/resume").get_json()["paused"] == []
    assert admin.post("/api/v1/queue/email/pause").get_json()["paused"] == ["email"]
    assert admin.post("/api/v1/queue/email/resume").get_json()["paused"] == []


def test_why_a_queue_is_paused_is_kept_and_in_the_audit(queued):
    admin = queued.sign_in(Role.ADMIN)

    assert admin.post("/api/v1/queue/email/pause", json={"reason": "the provider is down"}).status_code == 200
    assert [(pause.queue, pause.reason) for pause in queued.services.queue_control.pauses()] == [("email", "the provider is down")]
    assert admin.post("/api/v1/queue/email/resume", json={"reason": "it is back"}).status_code == 200

    acts = admin.get("/api/v1/audit?outcome=done").get_json()["items"]
    assert [(act["action"], act["reason"]) for act in acts] == [("queue.resume", "it is back"), ("queue.pause", "the provider is down")]


def test_an_act_without_a_body_may_still_name_its_type_and_one_with_another_body_does_nothing(queued):
    admin = queued.sign_in(Role.ADMIN)

    assert admin.post("/api/v1/queue/email/pause", data=b"", content_type="application/json").status_code == 200
    assert admin.post("/api/v1/queue/pause", json=["email"]).status_code == 422
    assert admin.post("/api/v1/queue/pause", json={"queue": "email"}).status_code == 422
    assert queued.services.queue_control.paused() == ["email"]


def test_cleaning_says_how_much_it_removed(site):
    admin = site.sign_in(Role.ADMIN)

    assert admin.post("/api/v1/queue/clean").get_json()["removed"] == dict.fromkeys(QUEUES, 0)
    assert admin.post("/api/v1/queue/aiQc/clean").get_json()["removed"] == {"aiQc": 0}


def test_an_unknown_queue_is_not_found(site):
    admin = site.sign_in(Role.ADMIN)

    for action in ("clean", "pause", "resume"):
        response = admin.post(f"/api/v1/queue/aiqc/{action}")
        assert response.status_code == 404
        assert "aiQc" in response.get_json()["detail"]


@pytest.mark.parametrize("role", [Role.FARMER, Role.REVIEWER, Role.INSPECTOR, Role.APPROVER])
def test_the_queues_are_for_administrators_alone(site, role):
    client = site.sign_in(role)

    for method, action in (("get", "stats"), ("get", "health"), ("post", "clean"), ("post", "pause"), ("post", "resume")):
        assert getattr(client, method)(f"/api/v1/queue/{action}").status_code == 403
        assert getattr(site.stranger(), method)(f"/api/v1/queue/{action}").status_code == 401


def test_a_job_is_shown_to_its_owner_and_to_staff(site):
    farmer = site.sign_in()
    application_id = site.draft(farmer)
    job_id = farmer.post(f"/api/v1/applications/{application_id}/submit").get_json()["qc"]["jobId"]

    shown = farmer.get(f"/api/jobs/{job_id}").get_json()["job"]

    assert (shown["id"], shown["state"], shown["queueName"]) == (job_id, "completed", "aiQc")
    assert shown["result"]["inspectionType"] == "VIDEO"
    assert TIME.fullmatch(shown["finishedAt"])
    assert shown["durationMs"] >= 0
    assert "issues" not in shown["result"]
    assert site.sign_in(Role.REVIEWER).get(f"/api/jobs/{job_id}").get_json()["job"]["result"]["issues"] == []
    assert site.sign_in(name="neighbour").get(f"/api/jobs/{job_id}").status_code == 404
    assert site.stranger().get(f"/api/jobs/{job_id}").status_code == 401


def test_a_job_that_an_officer_started_is_its_farmers_too(site):
    farmer = site.sign_in()
    job_id = run(site.sign_in(Role.REVIEWER), site.submitted(farmer)).get_json()["jobId"]

    assert farmer.get(f"/api/jobs/{job_id}").status_code == 200
    assert site.sign_in(name="neighbour").get(f"/api/jobs/{job_id}").status_code == 404


def test_farmers_list_their_own_jobs_and_staff_all(site):
    farmer = site.sign_in(name="lister")
    application_id = site.submitted(farmer)

    own = farmer.get("/api/jobs").get_json()["items"]
    neighbours = site.sign_in(name="nobody").get("/api/jobs").get_json()["items"]
    all_of_it = site.sign_in(Role.ADMIN).get("/api/jobs", query_string={"subject": application_id, "queue": "aiQc"}).get_json()

    assert {job["subject"] for job in own} == {application_id}
    assert neighbours == []
    assert [job["name"] for job in all_of_it["items"]] == ["run_ai_qc"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("state=done", 422),
        ("limit=0", 422),
        ("queue=nothing", 422),
        ("state=completed", 200),
        ("state=failed,delayed", 200),
        ("state=failed,done", 422),
    ],
)
def test_a_list_of_jobs_is_asked_for_in_known_words(site, query, status):
    assert site.sign_in(Role.ADMIN).get(f"/api/jobs?{query}").status_code == status


def test_jobs_of_several_states_are_listed_at_once(site):
    application_id = site.submitted(site.sign_in(name="several"))
    officer = site.sign_in(Role.ADMIN)

    def found(states):
        return officer.get("/api/jobs", query_string={"subject": application_id, "queue": "aiQc", "state": states}).get_json()["items"]

    assert [len(found(states)) for states in ("delayed,completed", "waiting,delayed,completed", "failed,active")] == [1, 1, 0]


def test_an_unknown_job_is_not_found(site):
    assert site.sign_in(Role.ADMIN).get("/api/jobs/nothing").status_code == 404
