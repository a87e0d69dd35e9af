"""What the doctor tells people to type is there."""

import re

import click
import pytest

from backend.cli.main import cli
from backend.settings import Settings
from tests.support.sources import ROOT

TEXT = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "backend" / "services" / "doctor").glob("*.py"))}
COMMAND = re.compile(r"gacp ([a-z]+)(?: ([a-z][a-z-]+))?")
VARIABLE = re.compile(r"\b([A-Z]{2,}(?:_[A-Z]+)+)\b")
OTHERS = {"WEB_CONCURRENCY"}
"""Gunicorn's own."""


def exists(name, second):
    found = cli.get_command(click.Context(cli), name)
    is_group = isinstance(found, click.Group) and not found.invoke_without_command
    return found is not None and (not is_group or not second or second in found.commands)


@pytest.mark.parametrize("name", sorted(TEXT))
def test_every_command_of_a_cure_is_there(name):
    assert [words for words in COMMAND.findall(TEXT[name]) if words[0] not in {"dev", "doctor"} and not exists(*words)] == []


def test_every_variable_that_is_named_to_people_is_one():
    known = {str(field.alias) for field in Settings.model_fields.values()} | OTHERS
    told = [
        found
        for text in TEXT.values()
        for literal in re.findall(r'"[^"\n]*"', text)
        for found in VARIABLE.findall(re.sub(r"\{[^}]*\}", "", literal))
    ]

    assert told
    assert {name for name in told if name not in known} == set()


def test_every_runbook_and_page_that_is_named_is_there():
    pages = {found for text in TEXT.values() for found in re.findall(r"docs/[a-z/-]+\.md", text)}

    assert TEXT
    assert [page for page in pages if not (ROOT / page).exists()] == []
