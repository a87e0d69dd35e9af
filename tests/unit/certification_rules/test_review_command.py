"""`gacp review FILE`: the rules on one file, from the console."""

import json

import pytest
from click.testing import CliRunner

from backend.cli.main import cli
from backend.clock import SystemClock, bangkok_date
from tests.support.rule_cases import EXPECTED, SAMPLES, body


def run(*arguments):
    return CliRunner().invoke(cli, ["review", *(str(argument) for argument in arguments)])


@pytest.mark.parametrize("name", EXPECTED)
def test_it_prints_the_agreed_outcome(name):
    answer = run(SAMPLES / name, "--json")
    assert answer.exit_code == 0
    assert json.loads(answer.stdout) == EXPECTED[name]


def test_full_adds_words_warnings_and_the_whole_result():
    answer = json.loads(run(SAMPLES / "02_plai_community_enterprise_new.json", "--json", "--full").stdout)
    assert answer["qc"]["issues"][0]["messageTh"].startswith("เอกสารไม่ชัด")
    assert answer["qc"]["issues"][0]["howToFixEn"] == "Photograph or scan it again in good light"
    assert answer["qc"]["dimensionScores"]["DOCUMENTS"] == 90.0
    assert answer["warnings"][0]["path"] == "applicant.representative.nationalId"


def test_for_people_it_says_what_follows_in_thai_and_english():
    answer = run(SAMPLES / "02_plai_community_enterprise_new.json")
    assert answer.exit_code == 0
    for part in ("ยื่นได้ · May be submitted", "88.1 (B)", "Hybrid inspection (SCORE_HYBRID)", "ไม่ใช่คำตัดสิน", "[LOW] photos.3"):
        assert part in answer.stdout


def test_for_people_it_lists_what_stops_the_submission():
    answer = run(SAMPLES / "04_ginger_individual_incomplete_draft.json")
    assert "Cannot be submitted yet, 18 to put right" in answer.stdout
    assert "- farm.areaTypes: ยังไม่ได้กรอก ลักษณะพื้นที่ · Missing: Kind of area" in answer.stdout


def test_for_people_a_replacement_is_not_checked():
    assert "No quality check and no inspection" in run(SAMPLES / "07_kratom_replacement_certificate.json").stdout


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "application.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("day", ["2026-12-15", "2569-12-15", "15/12/2569"])
def test_the_day_may_be_chosen_in_either_era(file, day):
    answer = json.loads(run(file(body()), "--json", "--as-of", day).stdout)
    assert [issue["code"] for issue in answer["qc"]["issues"]] == ["DOCUMENT_EXPIRED", "RENEWAL_AFTER_EXPIRY"]


@pytest.mark.parametrize("fixture", [None, {}, "text"])
def test_without_a_day_it_is_today_in_bangkok(file, fixture):
    plain = body() | {"_fixture": fixture}
    today = bangkok_date(SystemClock().now()).isoformat()
    assert json.loads(run(file(plain), "--json", "--full").stdout)["qc"]["asOf"] == today


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("{", "not JSON"),
        ("[1]", "an application is a JSON object"),
        ("[" * 100_000, "not JSON"),
        ({"applicant": 3}, "applicant: send an object here"),
        ({"farm": {"area": {"rai": "x"}}}, "farm.area.rai: send a number here"),
        (body() | {"_fixture": {"asOf": "2/2/69"}}, "2569-11-02"),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_clear_line(file, content, part):
    answer = run(file(content), "--json")
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert part in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_file_that_is_not_there_gives_one_clear_line(tmp_path):
    answer = run(tmp_path / "none.json")
    assert (answer.exit_code, answer.stderr.count("\n")) == (2, 1)
    assert "No such file" in answer.stderr


def test_a_folder_is_no_file(tmp_path):
    assert "Is a directory" in run(tmp_path).stderr


def test_a_file_in_another_encoding_is_not_json(tmp_path):
    path = tmp_path / "thai.json"
    path.write_bytes(b'{"notes": "\xa1\xa2"}')
    assert "not JSON" in run(path).stderr
