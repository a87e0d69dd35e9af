"""`gacp queue` and `gacp jobs`: every act says what it will do to how many, and asks."""

import json
from datetime import timedelta

import pytest

from backend.queues.records import JobState
from backend.queues.testing import drain
from tests.support.audit import noted
from tests.support.console import console, failed, submit
from tests.support.queues import Desk, try_once


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def gacp(desk):
    return console(desk)


@pytest.mark.parametrize(
    ("words", "act", "target"),
    [
        ("queue pause aiQc --reason move", "queue.pause", "aiQc"),
        ("queue resume", "queue.resume", "all"),
        ("queue limits email --concurrency 3", "queue.limits", "email"),
        ("queue clean aiQc --state failed --grace 0 --yes", "queue.clean", "aiQc"),
        ("queue empty email --yes", "queue.empty", "email"),
        ("queue drain email --yes", "queue.drain", "email"),
        ("queue obliterate aiQc --confirm aiQc", "queue.obliterate", "aiQc"),
        ("queue retry aiQc --yes", "job.retry", "aiQc"),
        ('jobs submit try_once {"place":"x"}', "job.submit", "try_once"),
        ('jobs edit WAITING {"place":"x"} --yes', "job.edit", "WAITING"),
        ("jobs retry --all --yes", "job.retry", "all"),
        ("jobs retry FAILED", "job.retry", "FAILED"),
        ("jobs retry FAILED OTHER", "job.retry", "2 jobs"),
        ("jobs promote --all --yes", "job.promote", "all"),
        ("jobs promote DELAYED", "job.promote", "DELAYED"),
        ("jobs discard WAITING", "job.discard", "WAITING"),
        ("jobs cancel WAITING --yes", "job.cancel", "WAITING"),
        ("jobs remove FAILED --yes", "job.remove", "FAILED"),
        ("jobs remove --state failed --yes", "job.remove", "all"),
    ],
)
def test_every_act_is_in_the_audit_with_its_outcome(desk, gacp, words, act, target):
    failed_id, other = failed(desk, 2)
    ids = {"FAILED": failed_id, "OTHER": other, "WAITING": submit(desk)[0], "DELAYED": submit(desk, delay=60_000)[0]}
    result = gacp(*[ids.get(word, word) for word in words.split()])
    assert result.exit_code == 0, result.output
    assert noted(gacp.audit) == [(act, outcome, ids.get(target, target)) for outcome in ("begun", "done")]


def test_an_act_that_was_not_confirmed_is_none(desk, gacp):
    gacp("queue", "empty", "aiQc", answer="n\n")
    assert noted(gacp.audit) == []


def test_an_act_that_was_refused_is_one(desk, gacp):
    (job_id,) = submit(desk)
    assert gacp("jobs", "retry", job_id).exit_code == 1
    assert noted(gacp.audit)[-1] == ("job.retry", "refused", job_id)


def test_stats_counts_every_queue_and_says_why_one_is_paused(desk, gacp):
    submit(desk, 2)
    gacp("queue", "pause", "aiQc", "--reason", "move", "--for", "30m")
    shown = json.loads(gacp("queue", "stats", "--json").stdout)
    assert shown["queues"] == desk.control.stats()
    assert shown["pauses"] == [
        {"queue": "aiQc", "by": "console", "reason": "move", "since": "2026-11-02T05:00:00.000Z", "until": "2026-11-02T05:30:00.000Z"}
    ]
    lines = gacp("queue", "stats").stdout.splitlines()
    assert lines[0] == "aiQc      waiting 0  active 0  completed 0  failed 0  delayed 0  paused 2"
    assert lines[-1] == "aiQc is paused since 2026-11-02T05:00:00.000Z by console: move"


def test_stats_counts_by_priority_where_asked_for(desk, gacp):
    for priority in (7, 0, 1, 7):
        submit(desk, priority=priority)
    gacp("queue", "pause", "aiQc")
    assert json.loads(gacp("queue", "stats", "--priorities", "--json").stdout)["priorities"]["aiQc"] == {"0": 1, "1": 1, "7": 2}
    lines = gacp("queue", "stats", "--priorities").stdout.splitlines()
    assert lines[-4] == "aiQc      priorities: 1: 1  7: 2  0: 1"
    assert lines[-1] == "report    priorities: nothing waits in Redis"
    desk.broker.away = True
    assert "Redis is away" in gacp("queue", "stats", "--priorities").stderr
    assert gacp("queue", "stats").exit_code == 0


def test_metrics_show_what_ended_in_each_minute(desk, gacp):
    failed(desk, 2)
    submit(desk, 3)
    drain(desk.platform)
    desk.clock.move(timedelta(minutes=2))
    lines = gacp("queue", "metrics", "aiQc", "--minutes", "5").stdout.splitlines()
    assert lines == ["aiQc      completed 3 in 5 minutes, newest first: 0 3", "aiQc      failed    2 in 5 minutes, newest first: 0 2"]
    shown = json.loads(gacp("queue", "metrics", "--json").stdout)["metrics"]
    assert (shown["aiQc"]["completed"]["data"], shown["email"]["failed"]["data"]) == ([0, 3], [])
    assert gacp("queue", "metrics", "aiqc").exit_code == 1


def test_pause_and_resume_say_what_is_paused_now(gacp):
    assert gacp("queue", "pause").stdout == "paused: aiQc, calendar, email, report; running: none\n"
    assert json.loads(gacp("queue", "resume", "email", "--json").stdout) == {"paused": ["aiQc", "calendar", "report"]}
    assert gacp("queue", "resume").stdout == "paused: none; running: aiQc, email, calendar, report\n"


@pytest.mark.parametrize("words", [("pause", "aiqc"), ("clean", "aiqc", "--grace", "0"), ("empty", "aiqc"), ("obliterate", "aiqc")])
def test_an_unknown_queue_is_refused_with_the_name_that_was_meant(gacp, words):
    answer = gacp("queue", *words)
    assert (answer.exit_code, "did you mean 'aiQc'" in answer.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("queue", "clean", "aiQc", "--state", "waiting", "--grace", "0", "--limit", "1"),
            "This removes up to 1 of the 2 waiting jobs of aiQc.",
        ),
        (("queue", "empty", "aiQc"), "This removes 3 jobs of aiQc that were accepted and never ran."),
        (("queue", "drain", "aiQc"), "This removes 2 jobs of aiQc that were accepted and never ran."),
        (("queue", "obliterate", "aiQc"), "This removes all 3 jobs of aiQc and their history."),
        (("jobs", "promote", "--all"), "This lets 1 delayed jobs run now."),
        (("jobs", "cancel", "the-job"), "This cancels 1 waiting job, run_errand app-7;"),
        (("jobs", "remove", "the-job"), "This removes 1 waiting job, run_errand app-7,"),
        (("jobs", "remove", "--state", "waiting"), "This removes 2 jobs and their history."),
        (("jobs", "remove", "--ids", "the-*"), "This removes 1 jobs and their history."),
        (("jobs", "remove", "--queue", "aiQc", "--older-than", "1d"), "This removes 0 jobs and their history."),
    ],
)
def test_a_destructive_act_says_what_it_will_do_to_how_many_and_does_nothing_without_a_yes(desk, gacp, words, says):
    submit(desk, job_id="the-job", subject="app-7")
    submit(desk)
    submit(desk, delay=1000)
    before = desk.control.stats()
    answer = gacp(*words, answer="no\n")
    assert (answer.exit_code, says in answer.stderr, answer.stdout) == (1, True, "")
    assert desk.control.stats() == before


def test_clean_with_a_yes_says_what_it_removed_and_what_stays(desk, gacp):
    submit(desk, 2)
    desk.clock.move(timedelta(days=8))
    submit(desk)
    answer = gacp("queue", "clean", "aiQc", "--state", "wait", "--grace", "7d", answer="y\n")
    assert answer.stdout == "aiQc: removed 2 wait jobs, skipped 1 because they are younger\n"


def test_empty_drain_and_obliterate_answer_in_json(desk, gacp):
    submit(desk)
    submit(desk, delay=1000)
    [drained] = json.loads(gacp("queue", "drain", "aiQc", "--yes", "--json").stdout)
    assert (drained["removed"], drained["skipped"]) == (1, {"they are delayed": 1})
    assert json.loads(gacp("queue", "empty", "aiQc", "--yes", "--json").stdout)[0]["removed"] == 1
    failed(desk)
    assert json.loads(gacp("queue", "obliterate", "aiQc", "--confirm", "aiQc", "--json").stdout)[0]["removed"] == 1


def test_obliterate_takes_the_typed_name_only_and_force_for_running_jobs(desk, gacp):
    submit(desk)
    desk.take_and_vanish()
    wrong = gacp("queue", "obliterate", "aiQc", "--confirm", "email")
    assert (wrong.exit_code, "nothing was removed" in wrong.stderr) == (1, True)
    assert "1 active jobs" in gacp("queue", "obliterate", "aiQc", answer="aiQc\n").stderr
    assert gacp("queue", "obliterate", "aiQc", "--force", answer="aiQc\n").stdout == "aiQc: removed 1 all jobs\n"


def test_an_error_that_names_its_cure_says_it_once(gacp):
    said = gacp("queue", "clean", "aiQc", "--state", "active", "--grace", "0", "--yes").stderr
    assert said == "gacp: state: 'active' cannot be cleaned: cancel running jobs instead\n"


def test_a_length_beyond_the_calendar_is_refused(gacp):
    answer = gacp("queue", "clean", "aiQc", "--grace", "999999d")
    assert (answer.exit_code, "ten years at most" in answer.stderr) == (2, True)


@pytest.mark.parametrize("length", ["7", "1w", "-1d", "soon", "1.5h"])
def test_a_length_that_cannot_be_read_is_refused_with_examples(gacp, length):
    answer = gacp("queue", "clean", "aiQc", f"--grace={length}")
    assert (answer.exit_code, "write 30s, 15m, 2h or 7d" in answer.stderr) == (2, True)


def test_jobs_are_listed_newest_first_and_filtered(desk, gacp):
    [dead] = failed(desk)
    desk.clock.move(timedelta(seconds=1))
    [waits] = submit(desk, job_type=try_once)
    assert [line.split()[:4] for line in gacp("jobs", "list").stdout.splitlines()] == [
        [waits, "waiting", "email", "try_once"],
        [dead, "failed", "aiQc", "run_errand"],
    ]
    [shown] = json.loads(
        gacp("jobs", "list", "--state", "failed", "--queue", "aiQc", "--type", "run_errand", "--subject", "app-1", "--json").stdout
    )
    assert (shown["id"], shown["failedReason"], shown["attemptsMade"]) == (dead, "busy", 1)
    several = gacp("jobs", "list", "--state", "failed", "--state", "waiting", "--state", "delayed", "--json").stdout
    assert [job["id"] for job in json.loads(several)] == [waits, dead]


def test_a_job_is_shown_with_its_history_its_log_and_its_state(desk, gacp):
    [job_id] = submit(desk)
    desk.control.pause("aiQc")
    desk.platform.job_control.add_log(job_id, "เริ่ม")
    shown = json.loads(gacp("jobs", "show", job_id, "--json").stdout)
    assert (shown["state"], shown["timeline"][0]["event"]) == ("paused", "accepted")
    assert (shown["effects"], shown["redis"]) == (None, "waiting")
    desk.broker.clear()
    assert json.loads(gacp("jobs", "show", job_id, "--json").stdout)["redis"] == "nothing"
    desk.broker.away = True
    assert json.loads(gacp("jobs", "show", job_id, "--json").stdout)["redis"] == "away"
    assert gacp("jobs", "logs", job_id).stdout == "เริ่ม\n"
    assert json.loads(gacp("jobs", "logs", job_id, "--json").stdout) == {"logs": ["เริ่ม"], "count": 1}


def test_a_job_shows_what_another_run_would_do_to_the_outside(desk, gacp):
    [job_id] = submit(desk, subject="app-1")
    shown = json.loads(gacp("jobs", "show", job_id, "--json").stdout)
    assert shown["effects"] == [{"key": "k", "kind": "letter", "wouldHappen": True, "doneAt": None}]


def test_failed_jobs_are_retried_by_id_or_all(desk, gacp):
    first, _second = failed(desk, 2)
    assert json.loads(gacp("jobs", "retry", first, "--fresh", "--json").stdout)[0]["state"] == "waiting"
    answer = gacp("jobs", "retry", "--all", "--queue", "aiQc", answer="y\n")
    assert ("This runs 1 of 1 failed jobs again." in answer.stderr, answer.stdout) == (True, "1 jobs wait again\n")
    assert desk.service.get(first).failures == 0


@pytest.mark.parametrize("act", ["retry", "promote"])
def test_ids_or_all_but_not_both_and_not_neither(gacp, act):
    assert gacp("jobs", act).exit_code == 2
    assert gacp("jobs", act, "x", "--all").exit_code == 2


def test_promote_discard_cancel_and_remove(desk, gacp):
    [late], [waits] = submit(desk, delay=9000), submit(desk)
    assert json.loads(gacp("jobs", "promote", late, "--json").stdout)[0]["state"] == "waiting"
    assert gacp("jobs", "discard", late).stdout.startswith(late)
    assert desk.service.get(late).discarded
    assert json.loads(gacp("jobs", "cancel", late, "--yes", "--json").stdout)[0]["failedReason"] == "cancelled by console"
    assert gacp("jobs", "remove", waits, "--yes").stdout == f"{waits} is removed\n"
    submit(desk, delay=9000)
    assert gacp("jobs", "promote", "--all", "--yes").stdout == "1 jobs wait\n"
    assert desk.service.get(late).state is JobState.FAILED


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("--state", "failed"), {"new", "other", "late"}),
        (("--type", "run_errand"), {"other"}),
        (("--older-than", "1d"), {"new", "other"}),
        (("--older-than", "1d", "--state", "delayed"), {"dead", "new", "other"}),
        (("--queue", "email", "--ids", "o*"), {"dead", "new", "late"}),
    ],
)
def test_remove_takes_all_for_which_everything_that_is_said_holds(desk, gacp, words, left):
    failed(desk, job_id="dead")
    submit(desk, job_id="late", delay=9000)
    desk.clock.move(timedelta(days=2))
    submit(desk, job_id="new")
    submit(desk, job_type=try_once, job_id="other")
    answer = json.loads(gacp("jobs", "remove", *words, "--yes", "--json").stdout)
    assert {job.id for job in desk.service.list().items} == left
    assert answer == {"removed": 4 - len(left)}


def test_remove_wants_an_id_or_a_selection_and_nothing_that_runs(gacp):
    assert gacp("jobs", "remove", "--yes").exit_code == 2
    assert gacp("jobs", "remove", "x", "--state", "failed", "--yes").exit_code == 2
    running = gacp("jobs", "remove", "--state", "active", "--yes")
    assert (running.exit_code, "running jobs are cancelled instead" in running.stderr) == (2, True)
    assert "did you mean 'aiQc'" in gacp("jobs", "remove", "--queue", "aiqc", "--yes").stderr


def test_an_unknown_job_is_one_line_on_the_error_stream(gacp):
    for words in (("show", "x"), ("logs", "x"), ("retry", "x"), ("cancel", "x", "--yes"), ("remove", "x", "--yes")):
        answer = gacp("jobs", *words)
        assert (answer.exit_code, answer.stderr.count("\n")) == (1, 1)
        assert answer.stderr.startswith("gacp: There is no job x: it was removed, or its id is another one; `gacp jobs list`")
