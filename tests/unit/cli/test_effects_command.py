"""`gacp effects`: what was done to the outside, for people and as JSON."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from backend.cli.main import cli
from backend.errors import NotFound
from backend.services.replays import EffectPreview

DONE = {
    "key": "k",
    "kind": "letter",
    "what": "qc.completed",
    "state": "DONE",
    "beganAt": None,
    "doneAt": "2026-11-02T03:00:00.000Z",
    "outcome": {},
}


class Replays:
    def of(self, application_id):
        return [DONE, DONE | {"doneAt": None, "kind": "report", "what": "officer"}]

    def preview(self, job_id, services):
        previews = {
            "both": [
                EffectPreview("a", "letter", repeats=False, done_at="2026-11-02T03:00:00.000Z"),
                EffectPreview("b", "report", repeats=True),
            ],
            "none": [],
        }
        if job_id not in previews:
            raise NotFound(f"There is no job {job_id}")
        return previews[job_id]


@pytest.fixture
def effects():
    services = SimpleNamespace(replays=Replays())
    return lambda *words: CliRunner().invoke(cli, ["effects", *words], obj=SimpleNamespace(services=lambda: services))


def test_what_was_done_about_an_application_is_listed(effects):
    assert effects("list", "a1").stdout.splitlines() == [
        "2026-11-02T03:00:00.000Z  letter    qc.completed",
        "not done                  report    officer",
    ]
    assert json.loads(effects("list", "a1", "--json").stdout)[0] == DONE


def test_a_preview_tells_what_would_happen_and_what_would_not(effects):
    assert effects("preview", "both").stdout.splitlines() == [
        "letter: done at 2026-11-02T03:00:00.000Z, not again",
        "report: would happen",
    ]
    assert [each["wouldHappen"] for each in json.loads(effects("preview", "both", "--json").stdout)] == [False, True]
    assert effects("preview", "none").stdout == "Another run would do nothing to the outside.\n"
    assert json.loads(effects("preview", "none", "--json").stdout) == []


def test_a_job_that_is_not_there_is_one_line(effects):
    result = effects("preview", "missing")

    assert (result.exit_code, result.stderr) == (1, "gacp: There is no job missing\n")
