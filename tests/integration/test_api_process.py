"""Running one accepted job for a push-style worker: who may, what is answered, and that it runs once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.accounts.roles import Role
from tests.support.site import Site

SECRET = "a secret between programs"


@pytest.fixture
def site(tmp_path, redis_url):
    """Jobs go to a real server; nobody works but who pushes."""
    site = Site(tmp_path, ENABLE_QUEUE="true", REDIS_URL=redis_url, INTERNAL_SECRET=SECRET)
    yield site
    site.close()


@pytest.fixture
def job_id(site):
    """The delayed quality check of an application that was just handed in."""
    farmer = site.sign_in()
    return farmer.post(f"/api/v1/applications/{site.draft(farmer)}/submit").get_json()["qc"]["jobId"]


def push(site, job_id, secret=SECRET):
    return site.stranger().post("/api/jobs/process", json={"jobId": job_id}, headers={"Authorization": f"Bearer {secret}"})


def test_a_pushed_job_runs_now_and_its_result_is_answered(site, job_id):
    response = push(site, job_id)

    body = response.get_json()
    job = site.services.queues.get(job_id)
    assert response.status_code == 200
    assert body | {"result": {}} == {"success": True, "jobId": job_id, "state": "completed", "result": {}, "error": None}
    assert body["result"] == job.result
    assert (job.state, len(job.attempts), job.attempts[0].worker) == ("completed", 1, "push")


def test_a_job_that_is_pushed_again_or_at_once_runs_once(site, job_id):
    with ThreadPoolExecutor(4) as pool:
        answers = [response.get_json() for response in pool.map(lambda _: push(site, job_id), range(4))]

    assert {answer["state"] for answer in answers} <= {"active", "completed"}
    assert all(answer["success"] == (answer["state"] == "completed") for answer in answers)
    assert push(site, job_id).get_json()["success"] is True
    assert len(site.services.queues.get(job_id).attempts) == 1


def test_a_job_that_fails_says_why(site):
    submitted = site.services.queues.submit("make_report", {"application_id": "none", "variant": "officer", "event_id": "e1"}, attempts=1)

    body = push(site, submitted.job_id).get_json()

    assert (body["success"], body["state"], body["result"]) == (False, "failed", None)
    assert body["error"]


def test_a_paused_queue_stays_paused(site, job_id):
    site.services.queue_control.pause("aiQc")
    assert push(site, job_id).status_code == 409
    assert site.services.queues.get(job_id).attempts == ()

    site.services.queue_control.resume("aiQc")
    assert push(site, job_id).get_json()["success"] is True


def test_an_unknown_job_is_not_found(site):
    assert push(site, "no-such-job").status_code == 404


@pytest.mark.parametrize("body", [{}, {"jobId": ""}, {"jobId": 5}, {"jobId": "a", "x": 1}])
def test_a_body_that_names_no_job_is_refused(site, body):
    response = site.stranger().post("/api/jobs/process", json=body, headers={"Authorization": f"Bearer {SECRET}"})
    assert response.status_code == 422


@pytest.mark.parametrize("secret", ["wrong", "", SECRET[:-1], SECRET + "x", "รหัส".encode().decode("latin-1")])
def test_a_wrong_secret_runs_nothing(site, job_id, secret):
    assert push(site, job_id, secret).status_code == 403
    assert site.services.queues.get(job_id).attempts == ()


def test_people_have_no_key_to_it_whatever_their_role(site, job_id):
    assert site.sign_in(Role.ADMIN).post("/api/jobs/process", json={"jobId": job_id}).status_code == 403
    assert site.stranger().post("/api/jobs/process", json={"jobId": job_id}).status_code == 401


def test_without_a_secret_the_door_does_not_exist(tmp_path):
    site = Site(tmp_path)
    assert push(site, "a", "").status_code == 404
    assert push(site, "a").status_code == 404
    assert site.stranger().post("/api/jobs/process", json={"jobId": "a"}).status_code == 401
    site.close()


def test_the_document_names_its_own_scheme(site):
    document = site.stranger().get("/api/openapi.json").get_json()
    assert document["paths"]["/api/jobs/process"]["post"]["security"] == [{"internal": []}]
    assert document["components"]["securitySchemes"]["internal"]["scheme"] == "bearer"
    assert document["paths"]["/api/jobs"]["get"]["security"] == [{"bearer": []}, {"cookie": []}]
