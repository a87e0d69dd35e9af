"""`gacp metrics`: the table, the JSON, the page, and what is said where a part is away."""

import json

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from backend.adapters.memory.documents import MemoryStore
from backend.cli.main import cli
from backend.cli.program import Program
from tests.support.site import Site


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def run(tmp_path, store):
    site = Site(tmp_path, store=store, ENABLE_QUEUE="false")
    site.services.queues.submit("clean_jobs", {})
    unused = dict.fromkeys(Program.__dataclass_fields__)
    program = Program(**unused | {"services": lambda: site.services})
    yield lambda *words: CliRunner().invoke(cli, ["metrics", *words], obj=program)
    site.close()


def test_the_table_has_a_line_per_value(run):
    answer = run()
    assert answer.exit_code == 0
    [jobs] = [line.split() for line in answer.output.splitlines() if "clean_jobs status=completed" in line]
    assert jobs == ["jobs_total", "queue=report", "type=clean_jobs", "status=completed", "1"]
    assert "job_duration_seconds" in answer.output
    assert "1 of 0.000 s on average" in answer.output


def test_names_choose_by_their_beginnings(run):
    found = json.loads(run("jobs_", "queue_paused", "--json").stdout)
    assert {each["name"] for each in found} == {"jobs_total", "jobs_submitted_total", "queue_paused"}
    assert {"name": "queue_paused", "type": "gauge", "labels": {"queue": "aiQc"}, "value": 0.0} in found


def test_json_has_the_buckets_of_a_histogram(run):
    [found] = json.loads(run("job_wait", "--json").stdout)
    assert (found["count"], found["sum"], found["buckets"]["0.005"], found["buckets"]["+Inf"]) == (1, 0.0, 1, 0)


def test_the_page_is_the_one_that_prometheus_reads(run):
    families = {family.name for family in text_string_to_metric_families(run("--prometheus").stdout)}
    assert {"jobs", "queue_depth", "build_info"} <= families


@pytest.mark.parametrize("words", [("no_such",), ("--prometheus", "--json"), ("--prometheus", "jobs")])
def test_wrong_use_is_told(run, words):
    answer = run(*words)
    assert answer.exit_code == 2
    assert "no_such" in answer.stderr or "--prometheus" in answer.stderr


def test_what_is_away_is_said_and_is_no_success(run, store):
    store.away = True
    answer = run("metrics_part_up", "--json")
    assert answer.exit_code == 1
    assert "documents: no answer" in answer.stderr
    told = answer.stdout[answer.stdout.index("[\n") :]
    assert json.loads(told) == [{"name": "metrics_part_up", "type": "gauge", "labels": {"part": "documents"}, "value": 0.0}]
