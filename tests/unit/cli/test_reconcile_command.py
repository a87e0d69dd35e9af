"""`gacp queue reconcile` says how ledger and Redis differ, mends Redis when it is told to, and ends with 1 while something is left."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.cli.main import cli
from backend.queues.ports import Ticket
from tests.support.audit import audited
from tests.support.queues import Desk


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def reconcile(desk):
    services = audited(queue_platform=desk.platform)

    def run(*words, answer=None):
        with capture_logs():  # a real command writes its log elsewhere
            command = ["queue", "reconcile", *words]
            return CliRunner().invoke(cli, command, obj=SimpleNamespace(services=lambda: services), input=answer)

    return run


def haunt(desk):
    desk.broker.hand_over([Ticket("ghost", "run_errand", "email")])


def test_where_both_agree_it_ends_well(reconcile):
    result = reconcile()

    assert (result.exit_code, result.stdout) == (0, "0 jobs pending in the ledger, 0 in Redis, 0 differences, 0 mended\n")


def test_differences_are_told_with_their_cure_and_left(desk, reconcile):
    haunt(desk)
    result = reconcile()

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "unknown    email     ghost: the ledger does not have it: Redis forgets it",
        "0 jobs pending in the ledger, 1 in Redis, 1 differences, 0 mended",
    ]
    assert len(list(desk.broker.census())) == 1


def test_to_mend_it_asks_first(desk, reconcile):
    haunt(desk)
    refused = reconcile("--fix", answer="n\n")
    assert "This mends 1 differences" in refused.stderr
    assert len(list(desk.broker.census())) == 1

    mended = reconcile("--fix", "--yes", "--json")
    assert (mended.exit_code, json.loads(mended.stdout)["mended"]) == (0, 1)
    assert list(desk.broker.census()) == []


def test_without_redis_it_says_so_in_one_line(desk, reconcile):
    desk.broker.away = True
    result = reconcile()

    assert (result.exit_code, result.stderr) == (1, "gacp: Redis is away\n")
