"""The log of an installation as a supervisor collects it: gunicorn and a worker, one request from its beginning to the letter."""

import json
import re

import pytest
import requests

from tests.support.fleet import Fleet, wait_for
from tests.support.site import sample

pytestmark = [pytest.mark.servers, pytest.mark.slow]
WHO, PASSWORD = "saijai.farmer@example.com", "correct horse battery"


@pytest.fixture
def fleet(tmp_path):
    fleet = Fleet(tmp_path, web=2, GACP_ENV="production", LOG_LEVEL="INFO")
    yield fleet
    fleet.leave()


def lines(fleet):
    """Every line of every process, parsed: one that is no JSON fails the test."""
    return [json.loads(line) for line in fleet.log.read_text("utf-8").splitlines()]


def post(fleet, path, body, **headers):
    return requests.post(fleet.base + path, json=body, headers=headers, timeout=30)


def personal_texts(body):
    """What of a form may be in no log: numbers of people, their addresses and names."""
    text = json.dumps(body, ensure_ascii=False)
    return set(re.findall(r'"(?:nationalId|phone|email|firstName|lastName|name)": "([^"]{5,})"', text))


def test_one_request_is_followed_through_all_processes_and_nothing_personal_is_written(fleet):
    wait_for(lambda: fleet.scrape() is not None)
    fleet.worker()
    body = sample()
    post(fleet, "/api/v1/auth/register", {"email": WHO, "password": PASSWORD, "name": "Saijai Raksa"})
    post(fleet, "/api/v1/auth/login?next=/x&token=abcdefgh", {"email": WHO, "password": "wrong " + PASSWORD})
    token = post(fleet, "/api/v1/auth/login", {"email": WHO, "password": PASSWORD}).json()["token"]
    signed_in = {"Authorization": f"Bearer {token}"}
    made = post(fleet, "/api/v1/applications", body, **signed_in).json()["application"]["id"]
    submitted = post(fleet, f"/api/v1/applications/{made}/submit", {}, **signed_in, **{"X-Request-ID": "req-of-the-farmer-1"})
    assert submitted.headers["X-Request-ID"] == "req-of-the-farmer-1"

    def followed():
        return [line for line in lines(fleet) if line.get("requestId") == "req-of-the-farmer-1"]

    wait_for(lambda: {"job_completed"} <= {line["event"] for line in followed() if line.get("jobType") == "send_letter"})
    found = followed()
    assert {"request_ended", "job_accepted", "job_started", "job_completed"} <= {line["event"] for line in found}
    (ended,) = (line for line in found if line["event"] == "request_ended")
    assert (ended["status"], ended["path"], ended["applicationId"]) == (200, f"/api/v1/applications/{made}/submit", made)
    started = next(line for line in found if line["event"] == "job_started" and line["jobType"] == "send_letter")
    assert (started["queue"], started["applicationId"], started["userId"], started["attempt"]) == ("email", made, ended["userId"], 1)

    text = fleet.log.read_text("utf-8")
    assert {"library_line"} <= {line["event"] for line in lines(fleet)}  # gunicorn's own
    assert len(personal_texts(body)) > 3
    leaked = [secret for secret in (WHO, PASSWORD, token, "abcdefgh", "k" * 32, *personal_texts(body)) if secret in text]
    assert leaked == []
