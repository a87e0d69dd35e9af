"""The table of rules: what each alerts on, how bad that is, and what is not known."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from backend.errors import Misconfigured, NotFound
from backend.queues.alerts.facts import Credits, Failure, LastHour, LateSchedule, RedisFacts, Share
from backend.queues.alerts.lifecycle import find
from backend.queues.alerts.muting import FOLLOWS_FROM
from backend.queues.alerts.records import runbook
from backend.queues.alerts.rules import Level, Rule, named, number, rules
from backend.queues.alerts.slo import WINDOWS
from backend.settings import load
from tests.support.alerts import ALL_IS_WELL, QUIET, with_queue
from tests.support.sources import ROOT

TABLE = rules(load())
SLUGS = {
    "failed-jobs", "waiting-jobs", "queue-depth", "failure-burst", "error-rate", "slow-jobs", "no-progress", "refunds", "stale-jobs",
    "oldest-waiting", "missed-schedule", "outbox-age", "circuit-open", "redis-memory", "redis-eviction", "redis-down", "worker-lost",
    "slo-burn", "dead-letters-growth", "fallback-rate",
}  # fmt: skip
MINUTE = timedelta(minutes=1)


def broken(facts, table=TABLE):
    """What these facts break: rule, severity."""
    return [(found.rule.name, found.level.severity) for found in find(table, facts).known.values() if found.level]


def redis(**changes):
    return replace(ALL_IS_WELL, redis=replace(ALL_IS_WELL.redis, **changes))


def burning(share_by_window, default=0.0, events=1000):
    """Windows in which that share of the jobs was bad."""
    burns = {window: Share(round(events * share_by_window.get(window, default)), events) for window in WINDOWS}
    return with_queue(burns=burns)


def test_the_table_has_exactly_the_alerts_of_the_contract():
    assert {rule.slug for rule in TABLE} == SLUGS
    assert len({rule.name for rule in TABLE}) == len(TABLE)


def test_where_all_is_well_nothing_is_broken_and_only_credits_are_unknown():
    assert broken(ALL_IS_WELL) == []
    assert find(TABLE, ALL_IS_WELL).unknown == {"refunds", "refunds:rate"}


@pytest.mark.parametrize(
    ("facts", "fine", "expected"),
    [
        (with_queue(counts={"failed": 11}), with_queue(counts={"failed": 10}), [("failed-jobs", "warning")]),
        (with_queue(counts={"waiting": 51}), with_queue(counts={"waiting": 50}), [("waiting-jobs", "warning")]),
        (with_queue(counts={"active": 101}), with_queue(counts={"active": 100}), [("queue-depth", "warning")]),
        (with_queue(counts={"paused": 501}), with_queue(counts={"delayed": 501}), [("queue-depth", "critical")]),
        (with_queue(burst=10), with_queue(burst=9), [("failure-burst", "high")]),
        (with_queue(last_hour=LastHour(94, 6)), with_queue(last_hour=LastHour(95, 5)), [("error-rate", "warning")]),
        (with_queue(last_hour=LastHour(89, 11)), with_queue(last_hour=LastHour(2, 17)), [("error-rate", "critical")]),
        (with_queue(last_hour=LastHour(1, 0, 30_001)), with_queue(last_hour=LastHour(1, 0, 30_000)), [("slow-jobs", "warning")]),
        (with_queue(last_hour=LastHour(1, 0, 60_001)), with_queue(last_hour=LastHour(1, 0, 9)), [("slow-jobs", "critical")]),
        (with_queue(stale=1), with_queue(stale=0), [("stale-jobs", "warning")]),
        (with_queue(stale=6), with_queue(), [("stale-jobs", "critical")]),
        (with_queue(waiting_for=timedelta(seconds=301)), with_queue(waiting_for=timedelta(seconds=300)), [("oldest-waiting", "warning")]),
        (with_queue(waiting_for=timedelta(seconds=1801)), with_queue(), [("oldest-waiting", "critical")]),
        (with_queue(dead_letters=21), with_queue(dead_letters=20), [("dead-letters-growth", "warning")]),
        (with_queue(workers=0), with_queue(workers=1), [("worker-lost", "critical")]),
        (replace(ALL_IS_WELL, silent_workers=("w1",)), ALL_IS_WELL, [("worker-lost:silent", "warning")]),
        (replace(ALL_IS_WELL, late_schedules=(LateSchedule("n", 6 * MINUTE),)), ALL_IS_WELL, [("missed-schedule", "warning")]),
        (replace(ALL_IS_WELL, outbox_age=6 * MINUTE), replace(ALL_IS_WELL, outbox_age=5 * MINUTE), [("outbox-age", "warning")]),
        (replace(ALL_IS_WELL, circuit_open_for=MINUTE), ALL_IS_WELL, [("circuit-open", "warning")]),
        (redis(memory_percent=80.1), redis(memory_percent=80), [("redis-memory", "warning")]),
        (redis(policy="allkeys-lru"), redis(policy="noeviction"), [("redis-eviction", "critical")]),
        (replace(ALL_IS_WELL, redis=RedisFacts(up=False)), ALL_IS_WELL, [("redis-down", "critical")]),
        (with_queue(fallback=Share(2, 100)), with_queue(fallback=Share(1, 19)), [("fallback-rate", "warning")]),
        (replace(ALL_IS_WELL, credits=Credits(1001, 99999)), replace(ALL_IS_WELL, credits=Credits(1000, 99999)), [("refunds", "critical")]),
        (replace(ALL_IS_WELL, credits=Credits(11, 100)), replace(ALL_IS_WELL, credits=Credits(10, 100)), [("refunds:rate", "critical")]),
    ],
)  # fmt: skip
def test_each_rule_has_its_threshold(facts, fine, expected):
    assert broken(facts) == expected
    assert broken(fine) == []


def test_no_progress_is_when_jobs_waited_and_none_ended_for_ten_minutes():
    stuck = {"counts": {"waiting": 1}, "waiting_for": 4 * MINUTE, "idle_for": 60 * MINUTE}
    assert broken(with_queue(**stuck)) == []  # it has waited for four minutes only
    assert broken(with_queue(**stuck | {"waiting_for": 10 * MINUTE})) == [("no-progress", "critical"), ("oldest-waiting", "warning")][::-1]
    assert broken(with_queue(**stuck | {"waiting_for": 10 * MINUTE, "idle_for": None}))[-1] == ("no-progress", "critical")
    assert ("no-progress", "critical") not in broken(with_queue(**stuck | {"waiting_for": 20 * MINUTE, "idle_for": 9 * MINUTE}))
    assert broken(with_queue(**stuck | {"counts": {"paused": 1}, "waiting_for": timedelta(0)})) == []


def test_the_failure_burst_is_the_alert_of_seed_001():
    facts = with_queue(burst=12, newest_failure=Failure("job-ABC123", "Analysis timeout after 30 minutes"))
    [found] = [each for each in find(TABLE, facts).known.values() if each.level]
    assert found.level.severity == "high"
    assert found.rule.title.en == "High Failure Rate Detected"
    assert found.rule.message(found.value, found.level.limit, found.context).en == "Queue aiQc has 12 failures in the last 5 minutes"
    assert found.context == {
        "queueName": "aiQc",
        "failureCount": 12,
        "threshold": 10,
        "recentJobId": "job-ABC123",
        "error": "Analysis timeout after 30 minutes",
    }


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        ({timedelta(hours=1): 0.144, timedelta(minutes=5): 0.144}, [("slo-burn", "critical")]),
        ({timedelta(hours=1): 0.144, timedelta(minutes=5): 0.14}, []),  # it is over already
        ({timedelta(hours=1): 0.14, timedelta(minutes=5): 0.5}, []),  # it has not lasted
        ({timedelta(hours=6): 0.06, timedelta(minutes=30): 0.06}, [("slo-burn", "critical")]),
        ({timedelta(days=1): 0.03, timedelta(hours=2): 0.03}, [("slo-burn:ticket", "warning")]),
        ({timedelta(days=3): 0.01, timedelta(hours=6): 0.01}, [("slo-burn:ticket", "warning")]),
    ],
)
def test_the_error_budget_burns_over_a_long_and_a_short_window(share, expected):
    assert broken(burning(share)) == expected


def test_a_few_bad_jobs_at_night_burn_nothing():
    assert broken(burning({}, default=1.0, events=19)) == []
    assert ("slo-burn", "critical") in broken(burning({}, default=1.0, events=20))


def test_what_is_away_is_unknown_and_neither_fires_nor_is_fine():
    away = replace(ALL_IS_WELL, redis=RedisFacts(up=False), silent_workers=None)
    away = with_queue(facts=away, workers=None)
    found = find(TABLE, away)
    assert found.unknown >= {"redis-memory", "redis-eviction", "worker-lost:silent"}
    assert [each.value for each in found.known.values() if each.rule.name == "worker-lost" and each.labels.get("queue") == "aiQc"] == [None]


def test_where_there_is_no_worker_at_all_that_is_said_once():
    nobody = replace(ALL_IS_WELL, queues=dict.fromkeys(ALL_IS_WELL.queues, replace(QUIET, workers=0)))
    [found] = [each for each in find(TABLE, nobody).known.values() if each.level]
    assert (found.rule.name, found.labels) == ("worker-lost", {})
    assert found.rule.message(1, 0, found.context).en == "No worker serves queue aiQc, email, calendar, report"


def test_where_jobs_do_not_go_to_redis_nothing_is_asked_of_it():
    alone = replace(
        ALL_IS_WELL,
        uses_redis=False,
        redis=None,
        silent_workers=None,
        queues=dict.fromkeys(ALL_IS_WELL.queues, replace(QUIET, workers=None)),
    )
    assert broken(alone) == []
    assert find(TABLE, alone).unknown == {"refunds", "refunds:rate"}


def test_a_rule_that_cannot_be_evaluated_is_unknown_and_costs_the_others_nothing():
    broken_rule = Rule("failed-jobs", lambda facts: facts.nonsense, (Level("warning", 1),))
    with capture_logs() as lines:
        found = find([broken_rule, *TABLE[1:]], with_queue(counts={"waiting": 51}))
    assert found.unknown == {"failed-jobs", "refunds", "refunds:rate"}
    assert [each.rule.name for each in found.known.values() if each.level] == ["waiting-jobs"]
    assert [line["rule"] for line in lines] == ["failed-jobs"]


def test_every_threshold_comes_from_the_settings():
    table = rules(load(ALERT_FAILED_JOBS="3", ALERT_BURST_FAILURES="2", ALERT_BURST_MINUTES="1", SLO_QUEUES="report=97/300"))
    assert broken(with_queue(counts={"failed": 4}), table) == [("failed-jobs", "warning")]
    assert "in the last 1 minute" in named(table, "failure-burst").what.en
    named_in_tables = {level.variable for rule in TABLE for level in rule.levels if level.variable}
    example = (ROOT / ".env.example").read_text("utf-8")
    assert [name for name in named_in_tables if f"\n{name}=" not in example] == []


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.name)
def test_each_rule_has_a_runbook_and_is_said_in_both_languages(rule):
    assert (ROOT / runbook(rule.slug)).is_file()
    said = rule.message(12.0, 10.0, {})
    for text in (rule.title, rule.what, said):
        assert any("\u0e00" <= letter <= "\u0e7f" for letter in text.th)
        assert text.en.isascii()
        assert text.en
    assert rule.levels == tuple(sorted(rule.levels, key=lambda level: ("warning", "high", "critical").index(level.severity)))


def test_what_follows_from_what_names_rules_that_are_there():
    names = {rule.name for rule in TABLE}
    assert names >= FOLLOWS_FROM.keys() | {name for follow in FOLLOWS_FROM.values() for name in follow}


@pytest.mark.parametrize(("value", "words"), [(12.0, "12"), (1000, "1000"), (5.33, "5.3"), (0.0142, "0.014"), (0, "0")])
def test_numbers_are_written_as_people_write_them(value, words):
    assert number(value) == words


def test_an_unknown_rule_is_told_with_those_there_are():
    with pytest.raises(NotFound, match="failed-jobs"):
        named(TABLE, "failed")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SLO_PERCENT": "93"}, "SLO_PERCENT: more than 93.06"),
        ({"SLO_QUEUES": "report=90/300"}, "SLO_QUEUES: more than 93.06"),
        ({"SLO_QUEUES": "reports=97/300"}, "SLO_QUEUES: write 'reports=97/300' as queue=percent/seconds"),
        ({"ALERT_DEPTH": "501"}, "ALERT_DEPTH_CRITICAL: it has to be ALERT_DEPTH or more"),
        ({"ALERT_WEBHOOK_URL": "https://pager.example/x"}, "ALERT_WEBHOOK_SECRET: ALERT_WEBHOOK_URL needs one"),
        ({"ALERT_SLACK_URL": "slack.example/x"}, "ALERT_SLACK_URL: write it with https://"),
        ({"ALERT_HEARTBEAT_URL": "https://hc.example:99999/x"}, "ALERT_HEARTBEAT_URL: Port out of range"),
        ({"ALERT_EMAIL_TO": "desk@office.example,nobody"}, "ALERT_EMAIL_TO: write it as"),
    ],
)  # fmt: skip
def test_a_setting_that_could_never_alert_or_reach_anybody_stops_the_start(variables, words):
    with pytest.raises(Misconfigured, match=words.replace("(", r"\(")):
        load(**variables)
