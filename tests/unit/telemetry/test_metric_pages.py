"""Values in the formats that Prometheus reads, as its own parsers read them."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from backend.telemetry import metrics
from backend.telemetry.samples import PLAIN, Samples

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def filled():
    samples = Samples([0.005, 1.0])
    samples.set(metrics.JOBS, 3, "aiQc", "run_ai_qc", "completed")
    samples.set(metrics.ERRORS, 1, "aiQc", 'odd "name"\n', "other")
    samples.set(metrics.DEPTH, 2, "aiQc", "waiting")
    samples.set(metrics.REDIS_UP, True)
    samples.set(metrics.BUILD, 1, "1.2", "3.11")
    samples.observed(metrics.WAIT, [1, 0, 2], 7.5, "aiQc", "run_ai_qc")
    return samples


@pytest.mark.parametrize(("accept", "read"), [("", read_text), ("*/*", read_text), (PLAIN, read_text), (OPENMETRICS, read_openmetrics)])
def test_what_was_set_is_read_again(accept, read):
    body, content_type = filled().page(accept)
    assert content_type.startswith("application/openmetrics-text" if accept == OPENMETRICS else "text/plain; version=0.0.4")
    families = list(read(body.decode()))
    found = {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}
    assert found["jobs_total", "aiQc", "completed", "run_ai_qc"] == 3
    assert found["redis_up",] == 1
    assert found["job_wait_seconds_sum", "aiQc", "run_ai_qc"] == 7.5
    assert found["job_wait_seconds_count", "aiQc", "run_ai_qc"] == 3
    buckets = [sample.value for family in families for sample in family.samples if sample.name == "job_wait_seconds_bucket"]
    assert buckets == [1, 1, 3]
    assert ("job_errors_total", "other", "aiQc", 'odd "name"\n') in found
    types = {family.name.removesuffix("_total"): family.type for family in families}
    assert (types["jobs"], types["queue_depth"], types["job_wait_seconds"]) == ("counter", "gauge", "histogram")


@pytest.mark.parametrize(("accept", "read"), [("", read_text), (OPENMETRICS, read_openmetrics)])
def test_every_metric_is_known_also_without_a_value(accept, read):
    body, _ = Samples([1.0]).page(accept)
    ends = {"counter": "_total", "info": "_info"}
    expected = {metric.name.removesuffix(ends.get(metric.kind, "\n")) for metric in metrics.METRICS.values()}
    names = {
        family.name.removesuffix("_info") if family.type == "info" or family.name == "build_info" else family.name
        for family in read(body.decode())
    }
    assert names == expected


def test_a_value_needs_all_of_its_labels():
    with pytest.raises(ValueError, match="queue, type, status"):
        Samples([1.0]).set(metrics.JOBS, 1, "aiQc")


def test_rows_come_in_the_order_of_the_declarations():
    assert [metric.name for metric, _ in filled().rows()] == [
        "jobs_total",
        "job_errors_total",
        "job_wait_seconds",
        "queue_depth",
        "redis_up",
        "build_info",
    ]
