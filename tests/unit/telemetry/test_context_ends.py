"""Nothing that was bound for one piece of work is there in the next, though threads are used again and again."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import BaseModel, ConfigDict

from backend import context
from backend.accounts.roles import Role
from backend.errors import TemporaryFailure
from backend.queues.jobs import job
from backend.queues.service import Submission
from backend.telemetry.lines import hearing
from backend.telemetry.tracing import NOTHING, innermost
from tests.support.logged import logged
from tests.support.site import Site
from tests.support.workers import House, until

FIELDS = {"requestId", "jobId", "jobType", "queue", "attempt", "mode", "userId", "applicationId"}


class Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    end: str = "well"


_seen = {}


@job(queue="email", payload=Seen, attempts=2, backoff=0)
def look_around(payload, services, job_context):
    """Note what is bound, leave something, and end in some way."""
    _seen[job_context.job_id] = dict(context.bound())
    context.add(left=f"by {payload.number}", userId="of another")
    if payload.end == "exit":
        sys.exit(3)
    if payload.end == "fail" and job_context.attempt == 1:
        raise TemporaryFailure("once more")


def test_a_thread_of_a_worker_takes_nothing_of_a_job_into_the_next():
    _seen.clear()
    house = House(types=(look_around,))
    with house.worker(concurrency=3):
        ids = {}
        for number in range(60):
            end = ("well", "fail", "exit")[number % 3]
            about = {"subject": f"app-{number}", "requested_by": f"u-{number}"} if number % 2 else {}
            with context.bind(requestId=f"req_{number:08}"):
                answers = house.service.submit_many([Submission(look_around, Seen(number=number, end=end), **about)])
            ids[answers[0].job_id] = number
        assert until(lambda: all(house.service.get(each).finished for each in ids), 60)

    for job_id, number in ids.items():
        found = _seen[job_id]
        assert found.keys() == FIELDS
        assert (found["requestId"], found["jobId"]) == (f"req_{number:08}", job_id)
        assert (found["userId"], found["applicationId"]) == ((f"u-{number}", f"app-{number}") if number % 2 else ("", ""))


def test_after_a_job_in_its_caller_the_request_is_what_it_was():
    _seen.clear()
    house = House(types=(look_around,))
    with context.bind(requestId="req_12345678", userId="u-1"):
        for end in ("well", "fail"):
            house.service.submit(look_around, Seen(number=1, end=end), inline=True)
            assert dict(context.bound()) == {"requestId": "req_12345678", "userId": "u-1"}
    assert (context.bound(), hearing.get(), innermost.get()) == ({}, None, NOTHING)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("contexts"))
    yield site
    site.close()


def test_a_thread_of_the_web_takes_nothing_of_a_request_into_the_next(site, capsys):
    somebody, stranger = site.sign_in(Role.ADMIN, "boss"), site.stranger()
    boss = somebody.get("/api/v1/auth/me").get_json()["user"]["id"]
    with logged(capsys) as read, ThreadPoolExecutor(1) as threads:
        for client, path in ((somebody, "/api/v1/applications/app-1"), (stranger, "/api/openapi.json"), (somebody, "/api/jobs/job-1")):
            threads.submit(client.get, path).result()
            assert threads.submit(context.bound).result() == {}
        first, second, third = (line for line in read() if line["event"] == "request_ended")

    assert (first["userId"], first["applicationId"]) == (boss, "app-1")
    assert not {"userId", "applicationId", "jobId"} & second.keys()
    assert (third["userId"], third["jobId"]) == (boss, "job-1")
    assert "applicationId" not in third
    assert len({line["requestId"] for line in (first, second, third)}) == 3


@pytest.mark.parametrize(
    "offered", ["", "short", "x" * 65, "with space", "a\nb-forged-line", "ไทยไทยไทย", "semi;colon-1", "../../etc/passwd"]
)
def test_a_request_id_that_is_not_sane_is_not_taken(site, offered):
    given = site.stranger().get("/healthz", environ_overrides={"HTTP_X_REQUEST_ID": offered}).headers["X-Request-ID"]

    assert given != offered
    assert given.startswith("req_")


def test_a_sane_one_is_sent_back(site):
    assert site.stranger().get("/healthz", headers={"X-Request-ID": "A-b.c_12"}).headers["X-Request-ID"] == "A-b.c_12"


def test_outside_of_any_work_nothing_can_be_added():
    context.add(userId="u-1")

    assert context.bound() == {}
