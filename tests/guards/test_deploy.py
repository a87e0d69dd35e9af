"""The dashboard and the alert rules that come with the product load, and ask only for what the product tells."""

import json
import re
import shutil
import subprocess
from itertools import combinations

import pytest
import yaml

from backend.queues.alerts.rules import rules
from backend.queues.alerts.slo import PAGE, TICKET
from backend.settings import load
from backend.telemetry.metrics import METRICS
from tests.support.promql import labels_of, metrics_of, parsed, unknown
from tests.support.sources import ROOT

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "gacp.rules.yml"
GROUPS = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
ALL = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in ALL if "alert" in rule}
RECORDED = {rule["record"] for rule in ALL if "record" in rule}
DASHBOARD = json.loads((DEPLOY / "grafana" / "gacp-queues.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
LENGTH = re.compile(r"\d+[smhd]")
ONLY_INSIDE = {"redis-memory", "redis-eviction"}
"""What the metrics page does not tell: the product alone watches it."""


def test_rules_have_what_prometheus_wants_and_no_name_twice():
    for group in GROUPS:
        assert group.keys() == {"name", "interval", "rules"}
    for rule in ALL:
        assert ("alert" in rule) != ("record" in rule)
        assert rule.keys() <= {"alert", "record", "expr", "for", "labels", "annotations"}
        assert LENGTH.fullmatch(rule.get("for", "1m"))
    names = [rule.get("alert") or rule["record"] for rule in ALL]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_asks_for_metrics_and_labels_that_are_told(rule):
    assert unknown(rule["expr"], RECORDED) == []


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_and_leads_to_its_runbook(name):
    rule = ALERTS[name]
    slug = rule["labels"]["slug"]

    assert rule["labels"]["severity"] in {"critical", "high", "warning", "page", "ticket", "none"}
    assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{slug}.md"
    assert (ROOT / rule["annotations"]["runbook_url"]).is_file()
    shown = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    assert shown <= {label for metric in metrics_of(rule["expr"]) for label in labels_of_any(metric)}


def labels_of_any(metric):
    return METRICS[metric].labels if metric in METRICS else labels_of(metric, RECORDED)


def test_every_alert_of_the_product_is_watched_from_outside_too():
    assert {rule.slug for rule in rules(load())} - {rule["labels"]["slug"] for rule in ALERTS.values()} == ONLY_INSIDE


def limits(name):
    """The numbers that an alert compares with."""
    return [float(number) for number in re.findall(r"[><]=? (\d+(?:\.\d+)?)", ALERTS[name]["expr"])]


@pytest.mark.parametrize(
    ("alert", "variable", "scale"),
    [
        ("GacpFailedJobs", "alert_failed_jobs", 1),
        ("GacpWaitingJobs", "alert_waiting_jobs", 1),
        ("GacpQueueDepth", "alert_depth", 1),
        ("GacpQueueDepthCritical", "alert_depth_critical", 1),
        ("GacpOldestWaiting", "alert_oldest_waiting_s", 1),
        ("GacpOldestWaitingCritical", "alert_oldest_waiting_critical_s", 1),
        ("GacpFailureBurst", "alert_burst_failures", 1),
        ("GacpErrorRate", "alert_error_rate_percent", 100),
        ("GacpErrorRateCritical", "alert_error_rate_critical_percent", 100),
        ("GacpErrorRate", "alert_min_events", 1),
        ("GacpDeadLettersGrow", "alert_dead_letters_per_hour", 1),
        ("GacpSlowJobs", "alert_slow_s", 1),
        ("GacpSlowJobsCritical", "alert_slow_critical_s", 1),
        ("GacpFallbackRate", "alert_fallback_percent", 100),
        ("GacpRefunds", "alert_refund_credits", 1),
        ("GacpRefundRate", "alert_refund_percent", 100),
        ("GacpWorkerSilent", "alert_worker_silent_s", 1),
        ("GacpOutboxAge", "alert_outbox_age_s", 1),
        ("GacpSloBurnFast", "alert_min_events", 1),
    ],
)
def test_thresholds_are_the_defaults_of_the_settings(alert, variable, scale):
    assert getattr(load(), variable) in [round(limit * scale, 6) for limit in limits(alert)]


def test_burn_rates_have_the_windows_and_factors_of_the_product():
    def words(length):
        return f"{length.days}d" if length.days else f"{length.seconds // 3600}h" if length.seconds >= 3600 else f"{length.seconds // 60}m"

    wanted = {(pair.factor, words(pair.long), words(pair.short)) for pair in (*PAGE, *TICKET)}
    found = {
        (float(re.search(r"> ([\d.]+) \*", rule["expr"])[1]), *re.findall(r"bad:ratio(\w+)", rule["expr"]))
        for name, rule in ALERTS.items()
        if name.startswith("GacpSloBurn")
    }
    assert found == wanted


def test_what_is_not_told_would_be_found():
    assert unknown('sum by (queue) (jobs_total{status="x"})') == []
    assert unknown("jobs_totals") == ["jobs_totals"]
    assert unknown('jobs_total{state="x"}') == ["jobs_total{state}"]
    assert unknown("sum by (worker) (jobs_total)") == ["by (worker)"]
    assert unknown("job_wait_seconds") == ["job_wait_seconds"]
    with pytest.raises(ValueError, match="sum by"):
        parsed("sum by (queue) (jobs_total")


@pytest.mark.parametrize("promtool", [shutil.which("promtool")])
def test_prometheus_own_tool_finds_nothing_wrong_and_the_rules_fire_when_they_should(promtool):
    if promtool is None:
        pytest.skip("promtool is not installed; the tests above read the same files")
    for check in (
        ["check", "rules", RULES.name],
        ["check", "config", "--syntax-only", "prometheus.yml"],
        ["test", "rules", "gacp.rules.test.yml"],
    ):
        done = subprocess.run([promtool, *check], cwd=RULES.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_of_a_configuration_scrapes_the_page_and_loads_the_rules():
    example = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    (scrape,) = example["scrape_configs"]

    assert example["rule_files"] == [RULES.name]
    assert (scrape["job_name"], scrape["metrics_path"]) == ("gacp", "/api/health/queues/metrics")


def test_the_dashboard_has_its_rows():
    assert [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"] == [
        "Now",
        "Throughput",
        "Success",
        "Times (p95)",
        "Depth and age",
        "Dead letters",
        "Workers and schedules",
        "Circuit and fallback",
        "Effects and outbox",
        "This page itself",
    ]


@pytest.mark.parametrize(("title", "query"), QUERIES)
def test_a_panel_asks_for_metrics_and_labels_that_are_told(title, query):
    assert unknown(query) == []


def test_every_metric_is_on_the_dashboard():
    assert {name for _, query in QUERIES for name in metrics_of(query)} == METRICS.keys()


def test_panels_are_sound_and_do_not_overlap():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    for panel in PANELS:
        assert panel["type"] in {"timeseries", "stat"}
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert not [pair for pair in combinations(places, 2) if overlap(*pair)]


def overlap(one, other):
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def test_the_dashboard_says_what_it_varies_by():
    source, queue = DASHBOARD["templating"]["list"]

    assert (source["name"], source["type"]) == ("source", "datasource")
    assert (queue["name"], queue["definition"]) == ("queue", "label_values(queue_depth, queue)")
    assert DASHBOARD["uid"] == "gacp-queues"
