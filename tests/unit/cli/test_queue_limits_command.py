"""`gacp queue limits`: shows, sets and lifts the limits of a queue."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.cli.main import cli
from backend.queues.limits import QueueLimits
from tests.support.audit import audited
from tests.support.queues import Desk


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def limits(desk):
    services = audited(queue_control=desk.control)

    def run(*words):
        with capture_logs():  # a real command writes its log elsewhere
            return CliRunner().invoke(cli, ["queue", "limits", *words], obj=SimpleNamespace(services=lambda: services))

    return run


def test_it_shows_the_limits_of_all_queues_or_of_one(desk, limits):
    desk.control.limit(QueueLimits("email", 3, 60, 60_000))
    assert limits().stdout.splitlines() == [
        "aiQc      at once: any  rate: any",
        "email     at once: 3  rate: 60/1m",
        "calendar  at once: any  rate: any",
        "report    at once: any  rate: any",
    ]
    assert json.loads(limits("email", "--json").stdout) == {"limits": {"email": {"concurrency": 3, "rate": "60/1m"}}}
    assert json.loads(limits("aiQc", "--json").stdout) == {"limits": {"aiQc": {"concurrency": None, "rate": None}}}


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (["--concurrency", "5"], QueueLimits("email", 5, 60, 60_000)),
        (["--rate", "5/s"], QueueLimits("email", 3, 5, 1_000)),
        (["--concurrency", "4", "--rate", "1/1h"], QueueLimits("email", 4, 1, 3_600_000)),
        (["--none", "--rate", "5/s"], QueueLimits("email", None, 5, 1_000)),
        (["--none"], None),
    ],
)
def test_it_changes_what_is_named_and_leaves_the_rest(desk, limits, words, after):
    desk.control.limit(QueueLimits("email", 3, 60, 60_000))
    assert limits("email", *words).exit_code == 0
    assert desk.control.limits().get("email") == after


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--concurrency", "5"], "which queue?"),
        (["emial", "--concurrency", "5"], "did you mean 'email'?"),
        (["email", "--concurrency", "0"], "concurrency: must be from 1"),
        (["email", "--concurrency", "five"], "not a valid integer"),
        (["email", "--rate", "fast"], "write 60/1m"),
    ],
)
def test_what_is_wrong_is_said_with_its_cure_and_changes_nothing(desk, limits, words, said):
    answer = limits(*words)
    assert answer.exit_code != 0
    assert said in answer.output + str(answer.exception)
    assert desk.control.limits() == {}
