"""`gacp insight`: one page of how an app has been doing."""

import json

import pytest
from click.testing import CliRunner

from backend.cli.main import cli
from backend.cli.program import Program
from tests.support.site import Site


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("insight"), ENABLE_QUEUE="false")
    site.submitted(site.sign_in())
    site.services.queues.submit("make_report", {"application_id": "gone", "variant": "applicant", "event_id": "e"})
    program = Program(**dict.fromkeys(Program.__dataclass_fields__) | {"services": lambda: site.services})
    yield lambda *words: CliRunner().invoke(cli, ["insight", *words], obj=program)
    site.close()


def test_the_page_has_generations_times_errors_users_and_herbs(run):
    answer = run()
    assert answer.exit_code == 0
    for part in ("1 completed, 0 failed", "100 % completed (good)", "p95", "VALIDATION_ERROR", "TURMERIC", "Turmeric", "(healthy)"):
        assert part in answer.output


def test_json_has_all_of_it(run):
    found = json.loads(run("gacp", "--period", "7d", "--limit", "1", "--json").stdout)
    assert (found["metrics"]["period"], len(found["metrics"]["series"])) == ("7d", 169)
    assert (len(found["users"]), found["poses"][0]["poseId"], found["errors"][0]["errorType"]) == (1, "TURMERIC", "VALIDATION_ERROR")


def test_nothing_is_said_to_be_nothing(run):
    answer = run("pose-generator")
    assert answer.exit_code == 0
    for part in ("errors: none", "users: none", "herbs or poses: none", "wait         none", "(unknown)"):
        assert part in answer.output


@pytest.mark.parametrize(("words", "code"), [(("no-such",), 1), (("--period", "2h"), 2), (("--limit", "0"), 2)])
def test_what_is_not_there_is_told(run, words, code):
    answer = run(*words)
    assert answer.exit_code == code
    assert answer.stderr
