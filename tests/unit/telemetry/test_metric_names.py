"""The declarations of metrics, and the reference that lists them."""

import re
from pathlib import Path

import pytest

from backend.telemetry.metrics import METRICS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"
OF_THE_SEEDS = {
    "jobs_total": {"queue", "type", "status"},
    "job_duration_seconds": {"queue", "type"},
    "queue_depth": {"queue", "state"},
    "active_jobs": {"queue"},
    "job_errors_total": {"queue", "type", "error_class"},
    "credits_used_total": {"type"},
}
FURTHER = (
    "job_wait_seconds",
    "job_end_to_end_seconds",
    "queue_oldest_job_age_seconds",
    "job_retries_total",
    "dead_letter_depth",
    "dead_letter_total",
    "workers_online",
    "worker_heartbeat_age_seconds",
    "queue_paused",
    "queue_fallback_total",
    "outbox_pending",
    "outbox_oldest_age_seconds",
    "schedule_last_success_timestamp_seconds",
    "flag_rollout_percent",
    "effects_total",
    "socket_clients",
    "build_info",
)


def rows():
    return re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)


def test_the_reference_lists_every_metric_with_its_type_its_labels_and_its_meaning():
    listed = [(name, kind, tuple(re.findall(r"`(\w+)`", labels)), meaning) for name, kind, labels, meaning in rows()]
    assert listed == [(metric.name, metric.kind, metric.labels, metric.help) for metric in METRICS.values()]


def test_the_metrics_of_the_seeds_and_of_experience_are_there():
    for name, labels in OF_THE_SEEDS.items():
        assert set(METRICS[name].labels) == labels
    assert [name for name in FURTHER if name not in METRICS] == []
    assert METRICS["queue_fallback_total"].labels == ("queue", "reason")
    assert METRICS["effects_total"].labels == ("effect", "result")


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_a_total_is_a_counter_and_nothing_else_is_called_one(metric):
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.kind != "histogram" or metric.name.endswith("_seconds")
    assert metric.help
    assert not metric.help.endswith(".")
    assert not {"user", "job", "application"} & set(metric.labels)
