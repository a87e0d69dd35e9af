"""`gacp alerts`: for people and as JSON, with exit codes, every act in the audit."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.cli.auditing import console_user
from backend.cli.main import cli
from backend.clock import from_iso, to_iso
from backend.errors import TemporaryFailure
from tests.support.alerts import ALL_IS_WELL, Watchtower, with_queue
from tests.support.audit import a_trail, audited, noted

MINUTE = timedelta(minutes=1)
BAD = with_queue(burst=12, counts={"failed": 11})


@pytest.fixture
def tower():
    return Watchtower()


@pytest.fixture
def trail():
    return a_trail()


@pytest.fixture
def gacp(tower, trail):
    services = audited(audit=trail, alerting=SimpleNamespace(book=tower.book), clock=tower.clock)

    def run(*words, answer=None):
        with capture_logs():
            obj = SimpleNamespace(services=lambda: services)
            return CliRunner().invoke(cli, ["alerts", *(str(word) for word in words)], obj=obj, input=answer)

    return run


def told(result):
    return json.loads(result.stdout)


def test_where_all_is_well_it_says_so_and_ends_with_0(gacp):
    for words in (("list",), ("list", "--check"), ("list", "--all"), ("history",), ("silences",)):
        result = gacp(*words)
        assert result.exit_code == 0
        assert result.stdout.strip() in {"nothing fires", "no alert", "nothing happened", "no silence"}


def test_one_whose_condition_is_gone_is_called_quiet_until_it_is_over(gacp, tower):
    tower.go_on(2 * MINUTE, with_queue(burst=29))
    [holds] = told(gacp("list", "--json"))["items"]
    assert (holds["quietSince"], "quiet since" in gacp("list").stdout) == (None, False)
    tower.go_on(5 * MINUTE, ALL_IS_WELL)
    [gone] = told(gacp("list", "--json"))["items"]
    since = from_iso(gone["quietSince"])
    when = (to_iso(since), to_iso(since + 15 * MINUTE))
    assert "29 failures in the last 5 minutes; quiet since {}, resolves at {}".format(*when) in gacp("list").stdout
    assert "เงียบตั้งแต่ {} จะปิดเมื่อ {}".format(*when) in gacp("show", gone["id"]).stdout
    tower.go_on(15 * MINUTE, ALL_IS_WELL)
    [over] = told(gacp("list", "--all", "--json"))["items"]
    assert (over["resolvedAt"], over["quietSince"]) == (when[1], when[0])
    assert "quiet since" not in gacp("list", "--all").stdout


def test_what_fires_is_listed_the_worst_first(gacp, tower):
    tower.go_on(2 * MINUTE, BAD)
    lines = gacp("list").stdout.splitlines()
    assert [line.split()[1:4] for line in lines] == [["high", "failure-burst", "aiQc"], ["warning", "failed-jobs", "aiQc"]]
    assert "Queue aiQc has 12 failures in the last 5 minutes" in lines[0]
    assert [alert["slug"] for alert in told(gacp("list", "--json", "--slug", "failed-jobs"))["items"]] == ["failed-jobs"]


def test_check_ends_with_1_until_somebody_looks_after_it(gacp, tower):
    tower.go_on(2 * MINUTE, with_queue(burst=12))
    assert (gacp("list").exit_code, gacp("list", "--check").exit_code) == (0, 1)
    gacp("ack", tower.book.firing()[0].id)
    assert gacp("list", "--check").exit_code == 0


def test_pages_of_all_alerts(gacp, tower):
    tower.go_on(2 * MINUTE, BAD)
    tower.go_on(20 * MINUTE, ALL_IS_WELL)
    first = told(gacp("list", "--all", "--limit", 1, "--json"))
    assert first["items"][0]["state"] == "resolved"
    assert "more: --cursor" in gacp("list", "--all", "--limit", 1).stdout
    assert told(gacp("list", "--all", "--cursor", first["next"], "--json"))["next"] is None


def test_one_is_shown_with_its_history(gacp, tower):
    tower.go_on(2 * MINUTE, BAD)
    alert_id = tower.book.firing()[0].id
    shown = gacp("show", alert_id).stdout
    for part in ("พบอัตราความล้มเหลวสูง", "failureCount: 12", "docs/runbooks/failure-burst.md", "raised", "notified"):
        assert part in shown
    assert [entry["what"] for entry in told(gacp("show", alert_id, "--json"))["history"]] == ["notified", "raised"]
    missing = gacp("show", "al_0")
    assert (missing.exit_code, missing.stderr.strip()) == (1, "gacp: There is no alert al_0")


def test_an_acknowledgement_is_noted_with_its_comment(gacp, tower, trail):
    tower.go_on(2 * MINUTE, BAD)
    alert_id = tower.book.firing()[0].id
    shown = told(gacp("ack", alert_id, "--comment", "กำลังดู", "--json"))
    assert (shown["acknowledged"]["by"], shown["acknowledged"]["comment"]) == (console_user().id, "กำลังดู")
    assert noted(trail) == [("alert.acknowledge", outcome, alert_id) for outcome in ("begun", "done")]
    assert gacp("ack", "al_0").exit_code == 1


def test_a_silence_says_how_many_it_means_and_asks(gacp, tower, trail):
    tower.go_on(2 * MINUTE, BAD)
    refused = gacp("silence", "queue=aiQc", "slug=failed-*", "--for", "2h", "--reason", "move", answer="n\n")
    assert refused.exit_code == 1
    assert "keeps quiet 1 alerts that fire, and others to come, until 2026-11-02T07:02:00.000Z" in refused.stderr
    assert (list(tower.book.silences()), noted(trail)) == ([], [])
    made = told(gacp("silence", "queue=aiQc", "slug=failed-*", "--for", "2h", "--reason", "move", "--yes", "--json"))
    assert (made["matchers"], made["author"], made["reason"]) == ({"queue": "aiQc", "slug": "failed-*"}, console_user().id, "move")
    tower.go_on(MINUTE)
    assert f"silenced by {made['id']}" in gacp("list").stdout
    assert made["id"] in gacp("silences").stdout
    assert gacp("unsilence", made["id"]).stdout.startswith("over: ")
    assert [each["active"] for each in told(gacp("silences", "--past", "--json"))["items"]] == [False]
    assert [each[:2] for each in noted(trail)] == [
        ("alert.silence", "begun"),
        ("alert.silence", "done"),
        ("alert.unsilence", "begun"),
        ("alert.unsilence", "done"),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("silence", "queue", "--for", "2h", "--reason", "x", "--yes"),
        ("silence", "=aiQc", "--for", "2h", "--reason", "x", "--yes"),
        ("silence", "queue=aiQc", "--for", "soon", "--reason", "x", "--yes"),
        ("silence", "queue=aiQc", "--for", "2h", "--yes"),
        ("silence", "queue=*", "--for", "2h", "--reason", "x", "--yes"),
        ("silence", "--for", "2h", "--reason", "x", "--yes"),
        ("dry-run", "failed-jobs", "--threshold", "many"),
        ("dry-run", "failed-jobs", "--threshold", "worst=3"),
        ("dry-run", "failed-jobs", "--threshold", "critical=3"),
        ("show",),
    ],
)
def test_wrong_use_ends_with_2(gacp, words):
    result = gacp(*words)
    assert (result.exit_code, result.stdout) == (2, "")


def test_history_rules_and_dry_run(gacp, tower):
    tower.look()
    tower.go_on(5 * MINUTE, BAD, every=MINUTE)
    assert [line.split()[1] for line in gacp("history", "--slug", "failed-jobs").stdout.splitlines()] == ["notified", "raised"]
    assert gacp("history", "--since", "1m", "--slug", "failed-jobs").stdout.strip() == "nothing happened"
    rules = gacp("rules").stdout.splitlines()
    assert rules[0].split(None, 4)[:4] == ["failed-jobs", "warning", ">", "10"]
    assert rules[-1] == "channels: noted"
    assert len(told(gacp("rules", "--json"))["rules"]) == len(rules) - 1
    said = gacp("dry-run", "failed-jobs", "--threshold", "10", "--for", "1h").stdout.splitlines()
    assert said[0] == "failed-jobs (warning 10) would have fired 1 times since 2026-11-02T04:05:00.000Z"
    assert said[1].split() == ["2026-11-02T05:02:00.000Z", "to", "now", "warning", "aiQc", "up", "to", "11"]
    assert "Only 6 of 60 minutes are known" in said[2]
    tried = told(gacp("dry-run", "queue-depth", "--threshold", "critical=200", "--threshold", "warning=5", "--json"))
    assert [level["threshold"] for level in tried["levels"]] == [5, 200]
    assert gacp("dry-run", "nosuch").exit_code == 1


def test_a_test_of_a_channel_ends_with_1_where_it_did_not_arrive(gacp, tower, trail):
    assert gacp("test").stdout.split() == ["noted", "arrived"]
    tower.channel.failures = [TemporaryFailure("The chat answered 503")]
    failed = gacp("test", "noted")
    assert (failed.exit_code, failed.stdout.split(None, 1)) == (1, ["noted", "did not arrive: The chat answered 503\n"])
    assert gacp("test", "pager").exit_code == 1
    assert [each for each in noted(trail) if each[1] == "done"] == [("alert.test", "done", "all"), ("alert.test", "done", "noted")]
