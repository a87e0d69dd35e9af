"""`gacp schedule`: recurring jobs for people and as JSON."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.cli.main import cli
from backend.queues.ports import JobFilter
from backend.queues.repeat import Repeat
from backend.queues.schedules import Schedule
from tests.support.audit import audited, noted
from tests.support.queues import Desk


@pytest.fixture
def desk():
    desk = Desk()
    for schedule in (
        Schedule("nightly", "run_errand", Repeat(cron="15 3 * * *"), {"place": "ตลาด"}),
        Schedule("often", "try_once", Repeat(every=60_000), {"place": "วัด"}),
    ):
        desk.platform.registry.add_schedule(schedule)
    return desk


@pytest.fixture
def gacp(desk):
    services = audited(queue_platform=desk.platform)

    def run(*words):
        with capture_logs():  # a real command writes its log elsewhere
            return CliRunner().invoke(cli, ["schedule", *words], obj=SimpleNamespace(services=lambda: services))

    run.audit = services.audit
    return run


@pytest.mark.parametrize("word", ["run", "enable", "disable"])
def test_every_act_is_in_the_audit(gacp, word):
    assert gacp(word, "nightly").exit_code == 0
    assert gacp(word, "nosuch").exit_code == 1
    act = f"schedule.{word}"
    assert noted(gacp.audit) == [(act, "begun", "nightly"), (act, "done", "nightly"), (act, "begun", "nosuch"), (act, "refused", "nosuch")]


def test_the_list_names_rule_type_next_and_last(gacp):
    lines = gacp("list").stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["nightly", "15", "3", "*", "*", "*", "run_errand", "next", "2026-11-02T20:15:00.000Z", "last", "-"],
        ["often", "every", "60", "s", "try_once", "next", "2026-11-02T05:01:00.000Z", "last", "-"],
    ]
    assert [entry["key"] for entry in json.loads(gacp("list", "--json").stdout)] == ["nightly", "often"]


def test_one_is_run_now(gacp, desk):
    answer = json.loads(gacp("run", "nightly", "--json").stdout)
    assert [job.id for job in desk.ledger.page(JobFilter()).items] == [answer["jobId"]]
    assert answer["state"] == "waiting"
    assert gacp("run", "nightly").stdout.split() == [answer["jobId"], "waiting"]


def test_one_is_switched_off_and_on(gacp):
    assert "switched off" in gacp("disable", "often").stdout
    assert json.loads(gacp("list", "--json").stdout)[1]["enabled"] is False
    assert json.loads(gacp("enable", "often", "--json").stdout)["next"] == "2026-11-02T05:01:00.000Z"


@pytest.mark.parametrize("word", ["run", "enable", "disable"])
def test_an_unknown_key_is_one_line_that_names_those_there_are(gacp, word):
    answer = gacp(word, "weekly")
    assert answer.exit_code == 1
    assert answer.stderr.splitlines() == ["gacp: There is no schedule 'weekly'; there are: nightly, often"]


def test_one_that_was_submitted_is_removed_and_one_of_the_program_is_not(gacp, desk):
    desk.service.submit("try_once", {"place": "x"}, repeat={"every": 60_000, "key": "mine"})
    gacp("list")

    refused = gacp("remove", "nightly", "--yes")
    asked = gacp("remove", "mine")
    removed = gacp("remove", "mine", "--yes", "--json")

    assert (refused.exit_code, "gacp schedule disable nightly" in refused.stderr) == (1, True)
    assert (asked.exit_code, "This forgets the schedule mine, try_once." in asked.stderr) == (1, True)
    assert json.loads(removed.stdout) == {"removed": "mine"}
    assert [entry.key for entry in desk.platform.schedules.entries()] == ["nightly", "often"]
    assert "There is no schedule 'mine'" in gacp("remove", "mine", "--yes").stderr
