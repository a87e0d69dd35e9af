"""docs/reference/console.md tells of every command as it is, and its examples name commands and options that there are."""

import json
import re

import click
import pytest

from backend.cli.main import cli
from tests.support import console_reference
from tests.support.console import console, failed, submit
from tests.support.console_reference import ANSWER, EXAMPLE, EXIT, MAKE, PAGE, commands, page
from tests.support.queues import Desk

EVERY = {" ".join(path): command for path, command in commands()}


def test_the_page_is_what_the_commands_say():
    assert PAGE.read_text("utf-8") == page(), f"write it anew: {MAKE}"


@pytest.mark.parametrize("table", ["EXIT", "ANSWER", "EXAMPLE"])
def test_what_is_told_beside_the_commands_is_about_commands_that_there_are(table):
    assert set(getattr(console_reference, table)) - set(EVERY) == set()


@pytest.mark.parametrize("name", sorted(EXAMPLE))
def test_an_example_uses_options_of_its_command(name):
    used = set(re.findall(r"(?<= )--[a-z-]+", EXAMPLE[name]))
    options = {option for parameter in EVERY[name].params for option in parameter.opts}

    assert used - options - {"--json"} == set()


def test_every_answer_in_json_is_described():
    in_json = {name for name, command in EVERY.items() if any("--json" in parameter.opts for parameter in command.params)}

    assert in_json - set(ANSWER) == set(), "say in ANSWER of tests/support/console_reference.py which keys it has"


def keys(name):
    """The keys that the page promises, on the first level."""
    text = re.search("`([^`]*)`", ANSWER[name])[1]
    while (flat := re.sub(r"[{\[][^{}\[\]]*[}\]]", "", text)) != text:
        text = flat
    return set(text.replace(":", " ").split())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("jobs list", ()),
        ("jobs cancel", ("WAITING", "--yes")),
        ("jobs retry", ("FAILED",)),
        ("jobs logs", ("FAILED",)),
        ("jobs submit", ("try_once", '{"place": "x"}')),
        ("jobs remove", ("FAILED", "--yes")),
        ("queue stats", ()),
        ("queue health", ()),
        ("queue pause", ("email",)),
        ("queue clean", ("email", "--grace", "0", "--yes")),
        ("queue empty", ("email", "--yes")),
        ("queue retry", ("--yes",)),
        ("queue reconcile", ()),
        ("queue limits", ()),
        ("schedule list", ()),
    ],
)
def test_the_keys_that_are_promised_are_there(name, words):
    desk = Desk()
    ids = {"FAILED": failed(desk)[0], "WAITING": submit(desk)[0]}
    desk.service.submit("try_once", {"place": "x"}, repeat={"every": 60_000, "key": "mine"})

    told = json.loads(console(desk)(*name.split(), *(ids.get(word, word) for word in words), "--json").stdout)

    assert set((told[0] if isinstance(told, list) else told).keys()) == keys(name)


def test_a_code_that_is_told_is_one_of_three():
    assert [name for name, told in EXIT.items() if not re.match(r"^[012]: ", told)] == []
    assert isinstance(cli, click.Group)
