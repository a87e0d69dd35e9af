"""`gacp worker`: how workers are started, seen and told."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.cli.main import cli
from backend.cli.program import WorkerOptions
from backend.queues.roster import LifeSign, WorkerSeen
from tests.support.audit import audited, noted
from tests.unit.cli.test_console_commands import program

AT = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def seen(name, **changes):
    fields = {
        "name": name,
        "host": "h",
        "pid": 7,
        "since": AT,
        "last_heartbeat": datetime.now(UTC),
        "queues": ("aiQc",),
        "jobs": ("j-1", "j-2"),
        "concurrency": 10,
        "completed": 5,
        "failed": 1,
        "retried": 0,
        "memory_mib": 51.5,
        "paused": False,
        "stopping": False,
        "outage": "",
        "versions": {"python": "3.11", "gacp": "0.1.0", "rq": "3.0.0"},
    }
    return WorkerSeen(**(fields | changes))


class NotedRoster:
    def __init__(self, *workers, deaf=()):
        self.workers, self.deaf, self.told = workers, deaf, []

    def seen(self):
        return self.workers

    def tell(self, name, order):
        self.told.append((name, order))
        return name not in self.deaf


def gacp(*arguments, answer=None, **ways):
    with capture_logs():
        return CliRunner().invoke(cli, ["worker", *arguments], obj=program(**{"services": audited, **ways}), input=answer)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((), WorkerOptions()),
        (("--concurrency", "50", "--processes", "2"), WorkerOptions(50, 2)),
        (("--queues", "aiQc, email"), WorkerOptions(queues=("aiQc", "email"))),
        (("--alone",), WorkerOptions(alone=True)),
    ],
)
def test_the_bare_command_starts_workers(arguments, options):
    started = []
    assert gacp(*arguments, run_worker=started.append).exit_code == 0
    assert started == [options]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--concurrency", "0"), "1<=x<=1000"),
        (("--processes", "65"), "1<=x<=64"),
        (("--queues", "emial"), "did you mean 'email'?"),
        (("--queues", ","), "without the option all are served: aiQc"),
        (("--queues", ""), "names no queue"),
        (("--concurrency", "5", "status"), "--concurrency starts workers: it says nothing to `gacp worker status`"),
        (("--queues", "email", "stop", "--all", "--yes"), "--queues starts workers"),
    ],
)
def test_a_wrong_option_is_wrong_use_and_starts_and_tells_nothing(arguments, words):
    started, roster = [], NotedRoster(seen("a"))
    result = gacp(*arguments, run_worker=started.append, roster=lambda: roster)
    assert (result.exit_code, started, roster.told) == (2, [], [])
    assert words in result.stderr


def test_the_status_shows_each_worker_in_a_line_and_all_of_it_as_json():
    roster = NotedRoster(seen("a"), seen("b", paused=True, jobs=()), seen("c", outage="RedisError"), seen("d", stopping=True, paused=True))
    lines = gacp("status", roster=lambda: roster).stdout.splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["a", "busy", "2/10", "jobs"],
        ["b", "paused", "0/10", "jobs"],
        ["c", "busy", "2/10", "jobs"],
        ["d", "stopping", "2/10", "jobs"],
    ]
    assert "  host h  pid 7  " in lines[0]
    assert lines[0].endswith("  runs j-1, j-2")
    assert "runs" not in lines[1]
    assert "  without RedisError  " in lines[2]
    shown = json.loads(gacp("status", "--json", roster=lambda: roster).stdout)[0]
    assert (shown["name"], shown["jobs"], shown["memoryMib"], shown["since"]) == ("a", ["j-1", "j-2"], 51.5, "2026-11-22T06:00:00.000Z")
    assert (shown["state"], shown["fresh"], shown["running"]) == ("busy", True, 2)


def test_many_jobs_are_counted_in_the_text_and_all_named_in_json():
    roster = NotedRoster(seen("a", jobs=tuple(f"j-{number}" for number in range(8)), concurrency=8))
    (line,) = gacp("status", roster=lambda: roster).stdout.splitlines()
    assert line.endswith("  runs j-0, j-1, j-2 and 5 more")
    assert len(json.loads(gacp("status", "--json", roster=lambda: roster).stdout)[0]["jobs"]) == 8


def silent(name, **changes):
    return seen(name, last_heartbeat=datetime.now(UTC) - timedelta(seconds=20), **changes)


def test_a_worker_that_was_not_heard_of_for_long_is_silent_whatever_it_said_last():
    roster = NotedRoster(silent("a"), silent("b", paused=True), seen("c", last_heartbeat=None), seen("d"))
    lines = gacp("status", roster=lambda: roster).stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["silent", "silent", "silent", "busy"]
    shown = json.loads(gacp("status", "--json", roster=lambda: roster).stdout)
    assert [(each["state"], each["fresh"]) for each in shown] == [("silent", False)] * 3 + [("busy", True)]


@pytest.mark.parametrize("order", ["pause", "resume", "stop"])
def test_all_means_those_that_are_heard_of_and_the_silent_ones_are_named(order):
    roster = NotedRoster(seen("a"), silent("gone"), seen("b"), deaf=("gone",))
    result = gacp(order, "--all", *(["--yes"] if order == "stop" else []), roster=lambda: roster)
    assert (result.exit_code, roster.told) == (0, [("a", order), ("b", order)])
    assert result.stderr.startswith("silent, so not told: gone;")
    assert result.stdout == f"a: {order}\nb: {order}\n"


def test_a_silent_worker_can_be_told_by_its_name():
    roster = NotedRoster(silent("a"))
    assert gacp("pause", "a", roster=lambda: roster).exit_code == 0
    assert roster.told == [("a", "pause")]


def test_where_all_are_silent_nobody_is_asked_or_told():
    roster = NotedRoster(silent("a"))
    result = gacp("stop", "--all", roster=lambda: roster)
    assert (result.exit_code, result.stdout, roster.told) == (0, "no worker to tell\n", [])


@pytest.mark.parametrize(
    ("jobs", "words"),
    [
        ((), "This stops 1 worker, which runs 0 jobs. Go on?"),
        (("j-1",), "This stops 1 worker, which runs 1 job, and does not wait for it. Go on?"),
        (("j-1", "j-2"), "This stops 1 worker, which runs 2 jobs, and does not wait for these. Go on?"),
    ],
)
def test_a_stop_counts_in_good_english(jobs, words):
    roster = NotedRoster(seen("a", jobs=jobs), silent("gone"))
    assert words in gacp("stop", "--all", "--now", answer="n\n", roster=lambda: roster).stderr


def test_no_worker_is_said_too():
    assert gacp("status", roster=NotedRoster).stdout == "no worker has been heard of\n"


@pytest.mark.parametrize(
    ("signs", "code"),
    [([], 1), ([True], 0), ([True, True], 0), ([True, False], 1)],
    ids=["none", "one", "two", "one hangs"],
)
def test_the_probe_asks_no_server_and_answers_with_its_exit_code(signs, code):
    found = [LifeSign(f"w-{number}", 7, 0.5 if fresh else 60, fresh) for number, fresh in enumerate(signs)]
    assert gacp("probe", life_signs=lambda: found).exit_code == code


@pytest.mark.parametrize("order", ["pause", "resume"])
def test_one_worker_or_all_are_told(order):
    roster = NotedRoster(seen("a"), seen("b"))
    assert gacp(order, "a", roster=lambda: roster).exit_code == 0
    assert gacp(order, "--all", roster=lambda: roster).exit_code == 0
    assert roster.told == [("a", order), ("a", order), ("b", order)]


def test_an_order_is_in_the_audit_with_its_outcome():
    services = audited()
    roster = NotedRoster(seen("a"), seen("b"), deaf=("b",))
    gacp("stop", "a", "--yes", roster=lambda: roster, services=lambda: services)
    gacp("pause", "--all", roster=lambda: roster, services=lambda: services)
    assert noted(services.audit) == [
        ("worker.stop", "begun", "a"),
        ("worker.stop", "done", "a"),
        ("worker.pause", "begun", "all"),
        ("worker.pause", "refused", "all"),
    ]


@pytest.mark.parametrize(("arguments", "order"), [((), "stop"), (("--now",), "stopNow")])
def test_a_stop_says_first_what_it_stops_and_asks(arguments, order):
    roster = NotedRoster(seen("a"), seen("b"))
    refused = gacp("stop", "--all", *arguments, answer="n\n", roster=lambda: roster)
    assert refused.exit_code == 1
    assert "This stops 2 workers, which run 4 jobs" in refused.output
    assert roster.told == []
    assert gacp("stop", "--all", "--yes", *arguments, roster=lambda: roster).exit_code == 0
    assert roster.told == [("a", order), ("b", order)]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [((), 2, "or --all"), (("a", "--all"), 2, "or --all"), (("z",), 1, "gacp worker status"), (("b",), 1, "Nobody listens for: b")],
)
def test_whom_nobody_can_tell_is_said_with_the_cure(arguments, code, words):
    roster = NotedRoster(seen("a"), seen("b"), deaf=("b",))
    result = gacp("pause", *arguments, roster=lambda: roster)
    assert result.exit_code == code
    assert words in result.output


def test_the_probe_answers_in_json_too():
    result = gacp("probe", "--json", life_signs=lambda: [LifeSign("w-1", 7, 1.5, fresh=False)])

    assert (result.exit_code, json.loads(result.stdout)) == (1, [{"name": "w-1", "pid": 7, "ageS": 1.5, "fresh": False}])
