"""`gacp application`: drafts from files, lists, one as JSON."""

import json
from importlib import resources
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.cli.main import cli
from backend.settings import load
from tests.support.accounts import Accounts
from tests.support.certification import FARMER, Department, complete_form

SAMPLES = resources.files("backend.certification") / "samples"


@pytest.fixture
def department():
    return Department()


@pytest.fixture
def accounts():
    return Accounts()


@pytest.fixture
def gacp(department, accounts):
    services = SimpleNamespace(certification=department.service, accounts=accounts.service, settings=load(GACP_ENV="test"))
    with capture_logs():
        yield lambda *words: CliRunner().invoke(cli, ["application", *words], obj=SimpleNamespace(services=lambda: services))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "application.json"
    path.write_text(json.dumps(complete_form()), encoding="utf-8")
    return path


def test_a_file_becomes_a_draft_of_its_owner(gacp, department, accounts, file):
    owner = accounts.service.register("malee@example.com", "a good long password")
    result = gacp("import", str(file), "--owner", "Malee@example.com", "--json")

    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    draft = department.repository.get(answer["id"])
    assert answer == {"id": draft.id, "applicationNumber": None}
    assert (draft.status, draft.owner_id, draft.owner_email) == ("DRAFT", owner.id, "malee@example.com")
    assert all(facts.storage_key for facts in (*draft.form.documents, *draft.form.photos))


def test_without_an_owner_it_is_the_demonstration_farmer_s(gacp, department, accounts, file):
    for _ in range(2):
        result = gacp("import", str(file), "--json")
    draft = department.repository.get(json.loads(result.stdout)["id"])
    farmer = accounts.service.find_by_email("farmer@gacp.example")
    assert (draft.owner_id, farmer.role) == (farmer.id, "FARMER")


def test_production_makes_no_demonstration_farmer(department, accounts, file):
    settings = load(GACP_ENV="production", SECRET_KEY="0" * 64)
    services = SimpleNamespace(certification=department.service, accounts=accounts.service, settings=settings)
    result = CliRunner().invoke(cli, ["application", "import", str(file)], obj=SimpleNamespace(services=lambda: services))
    assert result.exit_code == 1
    assert accounts.service.find_by_email("farmer@gacp.example") is None


@pytest.fixture
def files(file, tmp_path):
    """The names that mistakes are made with."""
    broken, wrong = tmp_path / "broken.json", tmp_path / "wrong.json"
    broken.write_text("{", encoding="utf-8")
    wrong.write_text('{"farm": {"area": {"rai": "many"}}}', encoding="utf-8")
    return {"file": file, "broken": broken, "wrong": wrong}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("import", "{file}", "--owner", "nobody@example.com"), 1, "gacp user add nobody@example.com --role FARMER"),
        (("import", "missing.json"), 2, "missing.json"),
        (("import", "{broken}"), 2, "not JSON"),
        (("import", "{wrong}"), 2, "farm.area"),
        (("show", "nothing"), 1, "no such application"),
        (("list", "--limit", "0"), 2, "--limit"),
    ],
)
def test_a_mistake_is_one_clear_line(gacp, files, words, code, told):
    result = gacp(*(word.format(**files) for word in words))
    assert result.exit_code == code
    assert told in result.output
    assert "Traceback" not in result.output


def test_applications_are_listed(gacp, department):
    draft, submitted = department.draft(), department.submitted()
    rows = json.loads(gacp("list", "--json").stdout)
    assert {row["id"]: row["status"] for row in rows} == {draft.id: "DRAFT", submitted.id: "SUBMITTED"}
    assert [row["applicationNumber"] for row in json.loads(gacp("list", "--status", "submitted", "--json").stdout)] == [submitted.number]
    assert submitted.number in gacp("list").stdout


def test_one_is_shown_whole(gacp, department):
    application = department.in_review()
    shown = json.loads(gacp("show", application.id).stdout)
    assert (shown["id"], shown["ownerId"], shown["aiQc"]["status"]) == (application.id, FARMER.id, "COMPLETED")


@pytest.mark.parametrize("command", [(), ("import",), ("list",), ("show",)])
def test_every_command_explains_itself(gacp, command):
    result = gacp(*command, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


@pytest.mark.parametrize("sample", sorted(file.name for file in SAMPLES.iterdir() if file.name.endswith(".json")))
def test_every_sample_can_be_brought_in(gacp, department, sample):
    result = gacp("import", str(SAMPLES / sample), "--json")
    assert result.exit_code == 0, result.output
    draft = department.repository.get(json.loads(result.stdout)["id"])
    assert (draft.status, draft.number) == ("DRAFT", None)
