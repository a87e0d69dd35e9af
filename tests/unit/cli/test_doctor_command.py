"""`gacp doctor`: findings for people and for programs, and an exit code for both."""

import json

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.cli.doctor import SUBJECTS
from backend.cli.main import cli
from backend.errors import Misconfigured
from backend.queues.errors import BrokerUnavailable
from backend.services.doctor.table import every_check
from tests.support.doctor import Deployment
from tests.unit.cli.test_console_commands import program


@pytest.fixture
def doctor():
    def run(*words, **parts):
        deployment = Deployment(**parts)
        deployment.asked = []

        def patient(timeout_s, probes):
            deployment.asked.append((timeout_s, probes))
            return deployment.patient(timeout_s=timeout_s, probes=probes)

        with capture_logs():  # a real command writes none below an accident
            result = CliRunner().invoke(cli, ["doctor", *words], obj=program(patient=patient))
        return result, deployment

    return run


def test_what_fails_is_told_with_its_cure_and_by_the_exit_code(doctor):
    result, _ = doctor("--only", "redis,redis-memory,documents", redis=BrokerUnavailable("Redis: refused"))

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert "FAILED   redis                    Redis: refused" in lines
    assert any(line.startswith("skipped  redis-memory") for line in lines)
    assert any(line.startswith("ok       documents") for line in lines)
    assert lines[-2].startswith("พบปัญหา · Something is wrong: 1 ok, 1 failed, 1 skipped")
    assert lines[-1].startswith("เริ่มที่ · Begin with: redis: Redis: refused → ")
    assert result.stderr == ""


def test_where_nothing_fails_it_ends_with_0_and_names_each_subject_once(doctor):
    result, _ = doctor("--quick", "--only", "servers,outside")

    assert result.exit_code == 0
    assert result.stdout.count(SUBJECTS["servers"]) == 1
    assert "ปกติ · Healthy: " in result.stdout


def test_a_repeated_reason_and_a_repeated_cure_are_said_once(doctor):
    result, _ = doctor("--only", "servers", REDIS_URL="", ENABLE_QUEUE="false")

    assert result.stdout.count("as above") == 4


def test_json_is_one_document_with_stable_keys(doctor):
    result, _ = doctor("--json", "--only", "redis", redis=BrokerUnavailable("Redis: refused"))

    told = json.loads(result.stdout)
    assert (result.exit_code, told["healthy"], told["summary"]) == (1, False, {"ok": 0, "warning": 0, "failed": 1, "skipped": 0})
    assert told["beginWith"] == "redis"
    assert told.keys() == {"healthy", "beginWith", "at", "tookMs", "summary", "checks"}
    (check,) = told["checks"]
    assert check.keys() == {"name", "subject", "status", "seen", "cure", "tookMs"}


def test_the_wait_and_the_number_of_probes_are_handed_on(doctor):
    _, deployment = doctor("--only", "redis", "--timeout", "1.5", "--probes", "7")

    assert deployment.asked == [(1.5, 7)]


def test_test_jobs_are_sent_and_removed(doctor):
    result, deployment = doctor("--only", "send_letter:inline", "--json")

    assert [check["name"] for check in json.loads(result.stdout)["checks"]] == ["send_letter:inline", "probes-removed"]
    assert deployment.platform.control.stats()["email"]["completed"] == 0


def test_the_checks_are_listed_and_none_is_made(doctor):
    result, deployment = doctor("--list")
    as_json, _ = doctor("--list", "--json", "--quick")

    assert len(result.stdout.splitlines()) == len(every_check(deployment.registry))
    assert {each["sendsJobs"] for each in json.loads(as_json.stdout)} == {False}


def test_a_name_of_no_check_is_wrong_use(doctor):
    result, _ = doctor("--only", "redsi")

    assert (result.exit_code, result.stderr) == (2, "gacp: There is no check 'redsi': did you mean 'redis'?\n")


def test_every_subject_has_a_name_for_people():
    assert {check.subject for check in every_check(Deployment().registry)} == set(SUBJECTS)


def test_a_setting_that_stops_everything_is_a_finding_too():
    def patient(*_options):
        raise Misconfigured("PORT: not a number")

    result = CliRunner().invoke(cli, ["doctor", "--json"], obj=program(patient=patient))
    for_people = CliRunner().invoke(cli, ["doctor"], obj=program(patient=patient))

    (check,) = json.loads(result.stdout)["checks"]
    assert (result.exit_code, check["name"], check["status"], check["seen"]) == (1, "settings", "failed", "PORT: not a number")
    assert (for_people.exit_code, "→ correct the variable" in for_people.stdout) == (1, True)
