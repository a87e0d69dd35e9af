"""Redis stops, hangs, or comes back empty while people submit: every answer is the same, and everything is done once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from backend.queues.circuit import TRIAL_AFTER
from tests.support.outage_site import DEADLINE_MS, OutageSite
from tests.support.redis_server import RedisServer
from tests.support.stack import eventually

pytestmark = [pytest.mark.servers, pytest.mark.slow]
EVERY_CHANGE = ["create", "submit", "qc_started", "qc_finished", "report_made", "report_made"]
EVERY_JOB = (
    "run_ai_qc",
    "send_letter application.submitted",
    "send_letter qc.completed",
    "send_letter new-application",
    "make_report applicant",
    "make_report officer",
)
OPENED = "Redis does not answer: jobs run in the caller until it does"
CLOSED = "Redis answers again: jobs go to the queue"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def whole_site(server, tmp_path_factory):
    site = OutageSite(tmp_path_factory.mktemp("site"), server.url)
    with site.workers():
        yield site
    site.services.close()


@pytest.fixture
def site(whole_site):
    """The site with Redis there and nothing left to do."""
    whole_site.platform.circuit.succeeded()
    whole_site.submissions.clear()
    return whole_site


@pytest.fixture
def said(site):
    """What the circuit of the web process has said, in order."""
    with capture_logs() as lines:
        yield lambda: [line["event"] for line in lines if line["component"] == "queues.circuit"]


def half_open(site):
    eventually(lambda: site.platform.circuit.state == "half-open", seconds=TRIAL_AFTER.total_seconds() + 2)


def all_done_once(site):
    """Every application is where it belongs, with one of each job, letter, report and appointment."""
    eventually(site.work_left, lambda left: left == 0, seconds=40)
    for each in site.submissions:
        application_id = each["applicationId"]
        found = site.application(application_id)
        assert found["status"] == "IN_REVIEW"
        assert [entry["event"] for entry in found["timeline"]] == EVERY_CHANGE
        assert len(found["reports"]) == 1  # the other one is for officers
        assert {appointment["syncStatus"] for appointment in found["appointments"]} == {"SYNCED"}
        assert len(site.letters(application_id)) == len(set(site.letters(application_id))) == 2
        assert site.jobs(application_id) == {**dict.fromkeys(EVERY_JOB, 1), "sync_appointment": len(found["appointments"])}
    assert all(counts["failed"] == 0 for counts in site.platform.control.stats().values())


def same_shape(answers):
    """Whether the work is done or waits, the answer has the same keys."""
    assert {tuple(answer) for answer in answers} == {tuple(answers[0])}
    assert {tuple(answer["qc"]) for answer in answers} == {tuple(answers[0]["qc"])}


def test_a_redis_that_stops_and_returns_is_told_once_and_costs_no_work(site, server, said):
    before, _ = site.submit()
    server.stop()
    during = [site.submit() for _ in range(2)]
    assert [answer["qc"]["status"] for answer, _ in during] == ["completed"] * 2
    assert len(during[0][1]) >= 1  # it opened the circuit; where a request takes longer than the trial waits, it tries again
    assert not any(wait.in_vain for _, waits in during for wait in waits)
    server.start()
    half_open(site)
    after, _ = site.submit()
    assert [answer["qc"]["status"] for answer in (before, after)] == ["queued"] * 2
    assert said() == [OPENED, CLOSED]
    same_shape(site.submissions)
    all_done_once(site)


def test_a_redis_that_hangs_costs_one_deadline_at_the_first_and_at_every_trial(site, server, said):
    site.submit()
    server.hang()
    try:
        answers = [site.submit() for _ in range(2)]
        half_open(site)
        answers.append(site.submit())
    finally:
        server.go_on()
    assert [answer["qc"]["status"] for answer, _ in answers] == ["completed"] * 3
    in_vain = [[wait.seconds for wait in waits if wait.in_vain] for _, waits in answers]
    assert [len(waits) for waits in (in_vain[0], in_vain[2])] == [1, 1], "no request waits twice, however long it takes"
    assert len(in_vain[1]) <= 1, "where it comes later than the trial it is the trial"
    assert min(in_vain[0] + in_vain[2]) < DEADLINE_MS / 1000, "a busy machine makes some waits longer, and none shorter"
    assert said() == [OPENED]
    same_shape(site.submissions)
    all_done_once(site)


def test_people_who_submit_while_it_goes_and_comes_notice_nothing(site, server):
    with ThreadPoolExecutor(2) as people:
        coming = [people.submit(site.submit) for _ in range(8)]
        for outage, end in ((server.hang, server.go_on), (server.stop, server.start)):
            eventually(lambda: any(each.done() for each in coming))
            outage()
            time.sleep(0.5)
            end()
        for each in coming:
            each.result(30)
    assert {answer["qc"]["status"] for answer in site.submissions} <= {"queued", "completed"}
    same_shape(site.submissions)
    all_done_once(site)


def test_what_waits_in_a_paused_queue_outlives_a_redis_that_comes_back_empty(site, server):
    site.platform.control.pause("email", by="admin")
    site.submit()
    server.stop()
    server.forget()
    away, _ = site.submit()
    assert away["qc"]["status"] == "completed"
    assert site.letters(away["applicationId"]) == []
    server.start()
    site.platform.control.resume("email", by="admin")
    all_done_once(site)
