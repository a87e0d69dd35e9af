"""`gacp health` and `gacp jobs debug`: the same as over HTTP, for whoever is at the machine."""

import json

import pytest
from click.testing import CliRunner

from backend.adapters.documents.store import StoreUnavailable
from backend.adapters.memory.documents import MemoryStore
from backend.cli.main import cli
from backend.cli.program import Program
from tests.support.seeds import differences, seed
from tests.support.site import Site


class GoingStore(MemoryStore):
    """Goes away when told to."""

    away = False

    def ping(self):
        if self.away:
            raise StoreUnavailable("gone")
        super().ping()


@pytest.fixture
def store():
    return GoingStore()


@pytest.fixture
def site(tmp_path, store):
    site = Site(tmp_path, store=store, ENABLE_QUEUE="false")
    yield site
    site.close()


@pytest.fixture
def run(site):
    program = Program(**dict.fromkeys(Program.__dataclass_fields__) | {"services": lambda: site.services})
    return lambda *words: CliRunner().invoke(cli, words, obj=program)


def test_what_is_healthy_ends_with_0_and_has_the_body_of_the_api(run):
    answer = run("health", "--json")
    assert answer.exit_code == 0
    body = json.loads(answer.stdout)
    expected = seed("health_queues_v1.json")
    unlike = [line for line in differences(expected, body) if "None is not like" not in line]
    assert (unlike, body["status"]) == ([], "healthy")
    assert run("health").stdout.splitlines()[0] == "healthy"


def test_what_is_unhealthy_ends_with_1_and_is_named(run, site):
    site.services.queue_control.pause("email")
    answer = run("health")
    assert answer.exit_code == 1
    assert "! Email: The queue is paused" in answer.stdout


def test_a_store_that_is_away_is_a_finding_and_no_accident(run, store):
    store.away = True
    answer = run("health")
    assert answer.exit_code == 1
    assert "documents  unhealthy" in answer.stdout


def test_a_job_is_explained(run, site):
    site.services.queues.submit("clean_jobs", {}, job_id="done")
    answer = run("jobs", "debug", "done")
    assert answer.exit_code == 0
    assert "clean_jobs done: completed, 1 attempts" in answer.stdout
    assert "=> It does not wait: it completed at" in answer.stdout
    assert json.loads(run("jobs", "debug", "done", "--json").stdout)["next"]["code"] == "completed"
    assert run("jobs", "debug", "nobody").exit_code == 1
