"""`gacp jobs` and `gacp queue`: submitting, waiting, editing, long lists, several at once, reasons, and who does not answer."""

import json
import threading

import pytest

from backend.audit.ports import AuditFilter
from backend.queues.testing import drain
from tests.support.console import console, failed, submit
from tests.support.queues import Desk


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def gacp(desk):
    return console(desk)


def test_a_job_is_submitted_with_bull_s_options(desk, gacp):
    answer = gacp(
        "jobs", "submit", "try_once", '{"place": "x"}', "--options", '{"delay": 5000, "jobId": "mine"}', "--subject", "app-1", "--json"
    )

    told = json.loads(answer.stdout)
    assert (answer.exit_code, told["jobId"], told["state"], told["mode"], told["duplicate"]) == (0, "mine", "delayed", "queue", False)
    job = desk.service.get("mine")
    assert (job.subject, job.requested_by, job.options.delay) == ("app-1", "console", 5000)
    assert "it was there already" in gacp("jobs", "submit", "try_once", '{"place": "x"}', "--options", '{"jobId": "mine"}').stdout


def test_a_job_that_runs_here_and_fails_ends_with_1(desk, gacp):
    desk.errands.outcomes = [ValueError("no")]

    answer = gacp("jobs", "submit", "try_once", '{"place": "x"}', "--inline")

    assert answer.exit_code == 1
    assert answer.stdout.splitlines()[-1] == "no"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("try_onse", "{}"), 1, "did you mean 'try_once'?"),
        (("try_once", '{"plaice": "x"}'), 2, "did you mean 'place'?"),
        (("try_once", "{"), 2, "PAYLOAD is not JSON"),
        (("try_once", "[]"), 2, "give a JSON object"),
        (("try_once", "@nothing.json"), 2, "nothing.json: No such file"),
        (("try_once", '{"place": "x"}', "--options", '{"dealy": 1}'), 2, "did you mean 'delay'?"),
    ],
)
def test_what_cannot_be_submitted_is_one_line_with_its_cure(desk, gacp, words, code, told):
    answer = gacp("jobs", "submit", *words)

    assert (answer.exit_code, answer.stderr.count("\n"), answer.stdout) == (code, 1, "")
    assert told in answer.stderr
    assert desk.service.list().items == []


def test_a_payload_comes_from_a_file_or_standard_input_too(desk, gacp, tmp_path):
    (tmp_path / "payload.json").write_text('{"place": "ตลาด"}', encoding="utf-8")

    gacp("jobs", "submit", "try_once", f"@{tmp_path / 'payload.json'}")
    gacp("jobs", "submit", "try_once", "-", answer='{"place": "วัด"}')

    assert {job.payload["place"] for job in desk.service.list().items} == {"ตลาด", "วัด"}


def test_a_payload_is_edited_after_a_question_that_names_what_changes(desk, gacp):
    [job_id] = submit(desk, subject="app-1")

    asked = gacp("jobs", "edit", job_id, '{"place": "y", "weight": 1}', answer="n\n")
    edited = gacp("jobs", "edit", job_id, '{"place": "y"}', "--yes", "--reason", "wrong place")
    refused = gacp("jobs", "edit", job_id, '{"plaice": "y"}', "--yes")

    assert (asked.exit_code, "This changes place in the payload of 1 waiting job, run_errand app-1." in asked.stderr) == (1, True)
    assert edited.exit_code == 0
    assert desk.service.get(job_id).payload == {"place": "y", "weight": 1}
    assert (refused.exit_code, "did you mean 'place'" in refused.stderr) == (2, True)


def test_a_reason_is_kept_in_the_audit(desk, gacp):
    [job_id] = submit(desk)
    for words in (
        ("jobs", "cancel", job_id, "--yes"),
        ("jobs", "retry", job_id),
        ("jobs", "discard", job_id),
        ("jobs", "remove", job_id, "--yes"),
        ("queue", "pause", "email"),
        ("queue", "resume", "email"),
        ("queue", "empty", "email", "--yes"),
        ("queue", "limits", "email", "--concurrency", "3"),
        ("queue", "clean", "email", "--grace", "0", "--yes"),
        ("queue", "obliterate", "email", "--confirm", "email"),
        ("queue", "retry", "--yes"),
        ("schedule", "list"),
    ):
        answer = gacp(*words, *(["--reason", "because"] if words[0] != "schedule" else []))
        assert answer.exit_code == 0, answer.output
    assert {entry.reason for entry in gacp.audit.page(AuditFilter(), limit=1000).items} == {"because"}


def test_waiting_ends_as_the_job_does(desk, gacp):
    [good] = submit(desk)
    worker = threading.Timer(0.3, drain, [desk.platform])
    worker.start()
    waited = gacp("jobs", "wait", good, "--json", "--timeout", "60")
    worker.join()
    [bad] = failed(desk)
    [late] = submit(desk)

    assert (waited.exit_code, json.loads(waited.stdout)[0]["state"]) == (0, "completed")
    assert gacp("jobs", "wait", bad).exit_code == 1
    assert (gacp("jobs", "wait", late, "--timeout", "0").exit_code, desk.service.get(late).finished) == (1, False)


def test_a_long_list_goes_on_behind_its_cursor_or_comes_whole_as_lines(desk, gacp):
    ids = submit(desk, 5)

    first = gacp("jobs", "list", "--limit", "2", "--json")
    cursor = first.stderr.split("--cursor ")[1].strip()
    second = gacp("jobs", "list", "--limit", "200", "--cursor", cursor, "--json")
    whole = gacp("jobs", "list", "--all", "--json")

    shown = [job["id"] for answer in (first, second) for job in json.loads(answer.stdout)]
    assert sorted(shown) == sorted(ids)
    assert second.stderr == ""
    assert [json.loads(line)["id"] for line in whole.stdout.splitlines()] == shown
    assert len(gacp("jobs", "list", "--all").stdout.splitlines()) == 5


def test_of_several_jobs_one_that_is_refused_keeps_none_of_the_others_from_it(desk, gacp):
    first, second = failed(desk, 2)
    [waits] = submit(desk)

    answer = gacp("jobs", "retry", first, waits, "nothing", second, "--json")

    assert answer.exit_code == 1
    assert [job["id"] for job in json.loads(answer.stdout)] == [first, second]
    assert answer.stderr.startswith("gacp: 2 of 4 were refused: ")
    assert "There is no job nothing" in answer.stderr


def test_a_job_is_shown_as_a_story_with_what_may_be_done(desk, gacp):
    [job_id] = failed(desk)
    desk.platform.job_control.add_log(job_id, "ถึงแล้ว")

    story = gacp("jobs", "show", job_id).stdout

    for part in (f"run_errand {job_id}: failed", "TemporaryFailure: busy", "by test-worker", "accepted", "ถึงแล้ว", "letter: would happen"):
        assert part in story
    assert story.splitlines()[-1] == f"next: gacp jobs retry {job_id}"


def test_failed_jobs_of_a_queue_are_retried_after_a_question(desk, gacp):
    failed(desk, 3)

    asked = gacp("queue", "retry", "aiQc", "--limit", "2", answer="n\n")
    done = gacp("queue", "retry", "aiQc", "--limit", "2", "--yes", "--json")

    assert (asked.exit_code, "This runs 2 of 3 failed jobs again." in asked.stderr) == (1, True)
    assert json.loads(done.stdout) == {"retried": 2}
    assert (desk.control.stats()["aiQc"]["waiting"], desk.control.stats()["aiQc"]["failed"]) == (2, 1)


def test_the_health_of_the_queues_is_an_exit_code_too(desk, gacp):
    well = gacp("queue", "health")
    failed(desk, 11)
    alerted = gacp("queue", "health", "--json")
    desk.broker.away = True
    away = gacp("queue", "health")

    assert (well.exit_code, well.stdout) == (0, "healthy: Redis up, circuit closed\n")
    assert (alerted.exit_code, json.loads(alerted.stdout)["alerts"][0]["message"]) == (0, "11 failed jobs")
    assert away.exit_code == 1
    assert away.stdout.splitlines()[0].startswith("NOT HEALTHY: Redis away, circuit open")
    assert "the circuit is open since" in away.stdout


def test_where_nobody_can_answer_the_cure_is_told(desk, gacp):
    submit(desk)

    answer = gacp("queue", "empty", "aiQc", answer="")

    assert (answer.exit_code, "--yes goes on without asking" in answer.stderr) == (1, True)
    assert desk.control.stats()["aiQc"]["waiting"] == 1


def test_an_empty_list_says_so_to_people_and_is_empty_for_programs(gacp):
    assert gacp("jobs", "list").stdout == "no job is like that\n"
    assert json.loads(gacp("jobs", "list", "--json").stdout) == []
    assert gacp("jobs", "list", "--all", "--json").stdout == ""
    assert gacp("schedule", "list").stdout == "nothing recurs\n"
