"""`gacp audit`: what was done, whether all of it is still there, and the head to note elsewhere."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.adapters.memory.documents import MemoryStore
from backend.audit.actions import Action
from backend.cli.auditing import acting, console_user
from backend.cli.main import cli
from tests.support.audit import SOMCHAI, a_trail, audited


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def trail(store):
    return a_trail(store)


@pytest.fixture
def gacp(trail):
    services = audited(audit=trail)

    def run(*words):
        with capture_logs():
            return CliRunner().invoke(cli, ["audit", *words], obj=SimpleNamespace(services=lambda: services))

    return run


def test_acts_are_listed_newest_first_with_who_what_and_why(gacp, trail):
    trail.record(Action.QUEUE_PAUSE, SOMCHAI, target="aiQc", reason="move", before={"paused": []}, after={"paused": ["aiQc"]})
    trail.record(Action.JOB_RETRY, console_user(), target="j-1", detail="Conflict: it runs")
    lines = gacp("list").stdout.splitlines()
    assert lines[0].split()[0] == "2"
    assert "by console:" in lines[0]
    assert lines[0].endswith("Conflict: it runs")
    assert 'queue.pause        done     aiQc  by user-1 (ADMIN, s***@example.com, 203.0.113.7) because: move {"paused": []} -> ' in lines[1]


def test_the_list_is_filtered_and_paged(gacp, trail):
    for number in range(3):
        trail.record(Action.JOB_RETRY, SOMCHAI, target=f"j-{number}")
    trail.record(Action.QUEUE_PAUSE, console_user(), target="aiQc")
    first = json.loads(gacp("list", "--action", "job.retry", "--since", "1h", "--limit", "2", "--json").stdout)
    rest = json.loads(gacp("list", "--action", "job.retry", "--limit", "2", "--cursor", first["next"], "--json").stdout)
    assert [entry["target"] for entry in first["items"] + rest["items"]] == ["j-2", "j-1", "j-0"]
    assert rest["next"] is None
    assert len(first["items"][0]["hash"]) == 64
    assert json.loads(gacp("list", "--target", "aiQc", "--who", console_user().id, "--outcome", "done", "--json").stdout)["items"]
    assert "more: --cursor" in gacp("list", "--limit", "1").stderr
    assert gacp("list", "--who", "nobody").stdout == "nothing was done\n"
    assert gacp("list", "--action", "queue.explode").exit_code == 2


def test_a_whole_chain_verifies_with_0_and_a_broken_one_with_1_and_where(gacp, trail, store):
    for _ in range(3):
        trail.record(Action.JOB_RETRY, SOMCHAI)
    good = gacp("verify")
    assert (good.exit_code, good.stdout.startswith("whole: 3 entries, head 3:")) == (0, True)
    assert "without --anchor" in good.stdout
    store.set_fields("audit", "000000000002", {"target": "another"})
    bad = gacp("verify", "--json")
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["broken"] == {
        "seq": 2,
        "kind": "changed",
        "detail": "what it is found by does not say the same as its text",
    }
    assert gacp("verify").stdout.startswith("broken at entry 2 (changed)")


def test_the_head_is_noted_and_held_against_later(gacp, trail, store):
    assert gacp("head").stdout == "nothing was done yet\n"
    trail.record(Action.JOB_RETRY, SOMCHAI)
    anchor = gacp("head").stdout.strip()
    assert json.loads(gacp("head", "--json").stdout)["hash"] == anchor.partition(":")[2]
    trail.record(Action.JOB_RETRY, SOMCHAI)
    assert gacp("verify", "--anchor", anchor).exit_code == 0
    assert gacp("verify", "--anchor", "1:" + "0" * 64).exit_code == 1
    assert gacp("verify", "--anchor", "yesterday").exit_code == 2


def test_the_console_user_is_the_one_of_the_process_whatever_the_variables_say():
    result = CliRunner(env={"USER": "mallory", "LOGNAME": "mallory"}).invoke(cli, ["--help"])
    assert result.exit_code == 0
    who = console_user()
    assert who.id.startswith("console:")
    assert "mallory" not in who.id
    assert (who.role, bool(who.origin)) == ("console", True)


def test_an_act_of_the_console_has_a_request_id_of_its_own(trail):
    command = SimpleNamespace(obj=SimpleNamespace(services=lambda: audited(audit=trail)))
    with acting(command, Action.QUEUE_PAUSE) as act:
        act.after = 1
    begun, ended = trail.page(SimpleNamespace(who="", action="", target="", outcome="", since=None, until=None)).items
    assert begun.request_id == ended.request_id
    assert begun.request_id.startswith("req_")
    assert begun.target == "all"
