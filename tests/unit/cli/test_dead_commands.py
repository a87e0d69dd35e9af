"""`gacp dead`: what gave up and why, and every act on it with its question, its answer and its entry in the audit."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.cli.main import cli
from backend.errors import PermanentFailure
from backend.queues.dead_filter import DeadFilter
from backend.services.dead_letters import DeadLetterViews
from tests.support.audit import audited, noted
from tests.support.console import Replays
from tests.support.dead import DeadDesk
from tests.support.dead_applications import Applications


@pytest.fixture
def desk():
    return DeadDesk()


@pytest.fixture
def gacp(desk):
    applications = Applications("app-0", "app-1")
    views = DeadLetterViews(desk.platform, Replays(), applications, desk.settings)
    services = audited(queues=desk.service, queue_control=desk.control, queue_platform=desk.platform, dead_letters=views, clock=desk.clock)

    def run(*words, answer=None):
        with capture_logs():
            return CliRunner().invoke(cli, ["dead", *map(str, words)], obj=SimpleNamespace(services=lambda: services), input=answer)

    run.audit = services.audit
    run.applications = applications
    return run


def answer(result, code=0):
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_dead_letters_are_listed_with_cause_and_application(desk, gacp):
    ids = desk.kill(2)
    lines = gacp("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ids[::-1]
    assert lines[1].endswith("PermanentFailure: the provider said no to request 0")
    assert f"GACP-app-0  cause {desk.cause(ids[0])}" in lines[1]
    assert gacp("list", "--queue", "email").stdout == "no dead letter\n"
    assert gacp("list", "--queue", "nosuch").exit_code == 1


def test_whom_a_list_affects_is_asked_once_however_long_it_is(desk, gacp):
    desk.kill(20)
    assert len(answer(gacp("list", "--json"))) == 20
    assert gacp.applications.asked == [{f"app-{number}" for number in range(20)}]


def test_the_list_is_filtered_and_paged(desk, gacp):
    ids = desk.kill(3)
    other = desk.kill(1, "another thing", email=True)
    assert [each["jobId"] for each in answer(gacp("list", "--cause", desk.cause(ids[0]), "--json"))] == ids[::-1]
    assert [each["jobId"] for each in answer(gacp("list", "--type", "try_once", "--since", "1h", "--json"))] == other
    first = gacp("list", "--limit", "3", "--json")
    cursor = first.stderr.split()[-1]
    assert [each["jobId"] for each in answer(gacp("list", "--limit", "3", "--cursor", cursor, "--json"))] == ids[:1]


def test_one_is_shown_with_everything_that_helps(desk, gacp):
    (job_id,) = desk.kill()
    shown = answer(gacp("show", job_id, "--json"))
    assert shown["affected"] == {"applicationId": "app-0", "applicationNumber": "GACP-app-0", "farmer": {"id": "owner", "name": "สมชาย"}}
    assert shown["cause"]["title"] == "PermanentFailure: the provider said no to request <n>"
    (attempt,) = shown["history"]
    assert attempt["stack"][-2:] == [attempt["stack"][-2], "PermanentFailure"]
    assert attempt["stack"][-2].endswith("_next")
    assert (attempt["outcome"], attempt["message"]) == ("failed", "the provider said no to request 0")
    assert shown["payload"] == {"place": "place 0", "weight": 1}
    assert shown["effects"] == [{"key": "k", "kind": "letter", "wouldHappen": True, "doneAt": None}]
    told = gacp("show", job_id).stdout
    for part in ("affects GACP-app-0 of สมชาย", "attempt 1 failed on", "another run: letter would happen", "kept until 2026-11-09"):
        assert part in told
    assert gacp("show", "nosuch").exit_code == 1


def test_the_numbers_say_how_many_how_fast_and_whereto(desk, gacp):
    desk.kill(12)
    shown = answer(gacp("stats", "--json"))
    mine = shown["queues"][0]
    assert (mine["queueName"], mine["failed"], mine["recentFailures"], mine["thresholdExceeded"]) == ("aiQc", 12, 12, True)
    assert (shown["totalFailed"], shown["causes"]["new"]) == (12, 1)
    assert "aiQc      12 dead letters, 12 in 5 minutes (over the threshold of 10)" in gacp("stats").stdout


def test_causes_are_listed_and_one_is_shown(desk, gacp):
    ids = desk.kill(3)
    cause = desk.cause(ids[0])
    assert gacp("causes").stdout.startswith(f"{cause}  new           3 times, last 2026-11-02T05:00:0")
    assert [each["id"] for each in answer(gacp("causes", "--state", "known", "--json"))] == []
    shown = answer(gacp("causes", cause, "--json"))
    assert (shown["count"], shown["open"], [each["applicationNumber"] for each in shown["applications"]]) == (
        3,
        3,
        ["GACP-app-1", "GACP-app-0"],
    )
    assert "affects 3 applications, 0 people" in gacp("causes", cause).stdout
    assert gacp("causes", "nosuch").exit_code == 1


def test_a_cause_is_marked(desk, gacp):
    cause = desk.cause(desk.kill()[0])
    marked = answer(gacp("mark", cause, "fixed", "--fixed-in", "1.2.0", "--note", "ticket 17", "--json"))
    assert (marked["state"], marked["fixedIn"], marked["note"]) == ("fixed", "1.2.0", "ticket 17")
    assert marked["changedBy"].startswith("console:")
    assert noted(gacp.audit) == [("dead.mark", "begun", cause), ("dead.mark", "done", cause)]
    assert gacp("mark", cause).exit_code == 2
    assert gacp("mark", cause, "known", "--fixed-in", "1").exit_code == 2


def test_some_are_run_again_by_their_ids(desk, gacp):
    ids = desk.kill(2)
    assert answer(gacp("retry", *ids, "--json")) == {"count": 2, "left": {}}
    assert noted(gacp.audit)[-1] == ("dead.retry", "done", "2 dead letters")
    assert answer(gacp("retry", ids[0], "nosuch", "--json"), code=1)["left"].keys() == {ids[0], "nosuch"}
    assert gacp("retry").exit_code == 2
    assert gacp("retry", ids[0], "--all").exit_code == 2
    assert gacp("retry", "--all", "--queue", "aiQc").exit_code == 2


def test_all_that_match_are_run_again_after_a_question_that_tells_their_effects(desk, gacp):
    cause = desk.cause(desk.kill(3)[0])
    refused = gacp("retry", "--cause", cause, answer="n\n")
    assert refused.exit_code == 1
    assert f"This runs 3 dead letters again (cause {cause}). Of the newest 3: to the outside 3 letter would happen." in refused.output
    assert noted(gacp.audit) == []
    assert answer(gacp("retry", "--cause", cause, "--limit", "2", "--yes", "--json"))["count"] == 2
    assert noted(gacp.audit)[-1] == ("dead.retry", "done", f"cause {cause}")
    assert answer(gacp("retry", "--all", "--yes", "--json"))["count"] == 1


def test_a_replay_is_followed_to_its_end(desk, gacp):
    cause = desk.cause(desk.kill(13)[0])
    inner = desk.replaying.step

    def step(replay_id):
        replay = inner(replay_id)
        desk.drain()
        return replay

    desk.replaying.step = step
    result = gacp("replay", "--cause", cause, "--yes", "--stages", "1,all", "--reason", "the provider is back", "--json")
    ended = answer(result)
    assert (ended["state"], ended["completed"], ended["stages"]) == ("done", 13, ["1", "all"])
    assert "stage 1: 1 of 13 started" in result.stderr
    assert noted(gacp.audit) == [("dead.replay", "begun", f"cause {cause}"), ("dead.replay", "done", f"cause {cause}")]
    assert gacp("replays").stdout.startswith(f"{ended['id']}  done")


def test_a_replay_that_stops_says_why_and_ends_with_1(desk, gacp):
    cause = desk.cause(desk.kill(3)[0])
    inner = desk.replaying.step
    desk.errands.outcomes = [PermanentFailure("the provider said no to request 9")]

    def step(replay_id):
        replay = inner(replay_id)
        desk.drain()
        return replay

    desk.replaying.step = step
    result = gacp("replay", "--cause", cause, "--yes")
    assert result.exit_code == 1
    assert "the cause came back: 1 of the 1 dead letters of stage 1" in result.stdout
    assert len(desk.dead_ids()) == 3


def test_a_replay_is_only_begun_and_ended_by_another_command(desk, gacp):
    desk.kill(3)
    begun = answer(gacp("replay", "--all", "--yes", "--no-wait", "--json"))
    assert (begun["state"], begun["running"]) == ("running", 1)
    assert gacp("replay", "--all", "--yes").exit_code == 1, "it is being replayed already"
    ended = answer(gacp("replay", "--stop", begun["id"], "--reason", "wrong", "--json"))
    assert ended["state"] == "cancelled"
    assert noted(gacp.audit)[-1] == ("dead.replay-stop", "done", begun["id"])
    assert gacp("replay", "--watch", begun["id"]).exit_code == 1
    assert gacp("replay", "--stop", begun["id"]).exit_code == 1
    assert gacp("replay").exit_code == 2
    assert gacp("replay", "--all", "--stages", "half", "--yes").exit_code == 2


def test_a_replay_of_nothing_is_refused_before_any_question(gacp):
    result = gacp("replay", "--queue", "email")
    assert (result.exit_code, "nothing to run again" in result.stderr) == (1, True)


@pytest.mark.parametrize("words", [('{"weight": 7}',), ("--set", "weight=7")])
def test_data_is_put_right(desk, gacp, words):
    (job_id,) = desk.kill()
    edited = answer(gacp("edit", job_id, *words, "--yes", "--reason", "a typo", "--json"))
    assert (edited["before"], edited["after"], edited["state"]) == ({"weight": 1}, {"weight": 7}, "waiting")
    assert noted(gacp.audit)[-1] == ("dead.edit", "done", job_id)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (('{"wieght": 7}',), "payload.wieght: there is no such field: did you mean 'weight'?"),
        (("--set", "weight=heavy"), "payload.weight"),
        (("[1]",), "no JSON object"),
        (("{",), "no JSON"),
        ((), "with --set"),
    ],
)
def test_data_that_is_refused_is_named_and_nothing_runs(desk, gacp, words, told):
    (job_id,) = desk.kill()
    result = gacp("edit", job_id, *words, "--yes")
    assert result.exit_code == 2
    assert told in result.stderr
    assert desk.dead_ids() == [job_id]


def test_an_edit_asks_and_tells_what_it_would_do(desk, gacp):
    (job_id,) = desk.kill()
    result = gacp("edit", job_id, "--set", "place=y", answer="n\n")
    assert result.exit_code == 1
    assert f"This changes place of run_errand {job_id} and runs it again." in result.output


def test_they_are_discarded_with_a_reason_and_restored(desk, gacp):
    ids = desk.kill(3)
    assert gacp("discard", ids[0], "--yes").exit_code == 2, "a reason is needed"
    assert answer(gacp("discard", ids[0], "--reason", "a test", "--yes", "--json"))["count"] == 1
    assert "discarded: a test" in gacp("list", "--discarded").stdout
    assert "discarded at" in gacp("show", ids[0]).stdout
    assert answer(gacp("discard", "--all", "--reason", "old", "--yes", "--json"))["count"] == 2
    assert desk.dead_ids() == []
    assert answer(gacp("restore", *ids, "--json"))["count"] == 3
    assert sorted(desk.dead_ids()) == sorted(ids)
    assert [act for act, outcome, _ in noted(gacp.audit) if outcome == "done"] == ["dead.discard", "dead.discard", "dead.restore"]
    assert "discards 3 dead letters (all)" in gacp("discard", "--all", "--reason", "old", answer="n\n").output


def test_the_book_is_put_right(desk, gacp):
    ids = desk.kill(3)
    desk.store.delete("causes", desk.cause(ids[0]))
    assert answer(gacp("regroup", "--json")) == {"letters": 3, "causes": 1}
    assert noted(gacp.audit)[-1] == ("dead.regroup", "done", "all")
    assert desk.dead.count(DeadFilter(cause=desk.cause(ids[0]))) == 3
