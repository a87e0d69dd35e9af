"""What a runbook tells an engineer on call to type is there, and every page has what such a page needs."""

import ast
import re
import shlex

import click
import pytest

from backend.cli.main import cli
from backend.queues.alerts.rules import rules
from backend.settings import load
from backend.telemetry.lines import OF_A_LIBRARY, event_name
from tests.support.site import Site
from tests.support.sources import ROOT, name, python_files, tree

FOLDER = ROOT / "docs" / "runbooks"
INDEX = FOLDER / "README.md"
PAGES = sorted(set(FOLDER.glob("*.md")) - {INDEX})
SECTIONS = ["What it means", "Who is affected", "See it", "Find the cause", "Put it right", "Escalate"]
COMMAND = re.compile(r"(?:^|`)(gacp [^`\n]+)", re.MULTILINE)
ROUTE = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?\s]*)")
EVENTS = re.compile(r"(?:^\| |`event` )((?:`[a-z]+(?:_[a-z]+)+`(?: and | ·? ?)?)+)", re.MULTILINE)
LEVELS = {"debug", "info", "warning", "error", "exception", "write", "say"}
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def commands():
    """Each command of a page with its words; what is to be put in is in capitals."""
    return [(name(page), shlex.split(text)) for page in [*PAGES, INDEX] for text in COMMAND.findall(page.read_text("utf-8"))]


def wrong(words):
    """What is wrong with the words of a command, or nothing."""
    command, context, rest = cli, click.Context(cli), list(words[1:])
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest.pop(0))
        if found is None:
            return "no such command"
        command, context = found, click.Context(found, parent=context)
    options = {spelt for each in command.get_params(context) for spelt in (*each.opts, *each.secondary_opts)}
    return [word for word in rest if word.startswith("-") and word not in options]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_how_and_when_to_escalate(page):
    assert re.findall(r"^## (.*)$", page.read_text("utf-8"), re.MULTILINE) == SECTIONS


def test_every_command_is_there_with_its_options():
    assert [(page, " ".join(words)) for page, words in commands() if wrong(words)] == []


def test_a_command_that_is_not_there_would_be_found():
    assert wrong(["gacp", "queue", "stats", "--priorities"]) == []
    assert wrong(["gacp", "queue", "stats", "--sorted"]) == ["--sorted"]
    assert wrong(["gacp", "queues"])


def test_every_route_is_there(tmp_path):
    site = Site(tmp_path)
    routes = site.app.url_map.bind("localhost")
    named = {(name(page), *route) for page in [*PAGES, INDEX] for route in ROUTE.findall(page.read_text("utf-8"))}
    site.close()

    assert named
    assert [(page, method, path) for page, method, path in named if not routes.test(path.replace(":", ""), method)] == []


def events():
    """The name of every event that our code writes."""
    calls = (node for path in python_files("backend") for node in ast.walk(tree(path)) if isinstance(node, ast.Call))
    for call in calls:
        how = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if how in LEVELS and call.args and isinstance(call.args[0], ast.Constant):
            called = [each.value.value for each in call.keywords if each.arg == "called" and isinstance(each.value, ast.Constant)]
            yield called[0] if called else event_name(str(call.args[0].value))


@pytest.mark.parametrize("page", [*PAGES, INDEX, ROOT / "docs" / "reference" / "logs.md"], ids=name)
def test_every_event_that_is_to_be_looked_for_is_written(page):
    named = [event for found in EVENTS.findall(page.read_text("utf-8")) for event in re.findall(r"`([a-z_]+)`", found)]

    assert set(named) <= set(events()) | {OF_A_LIBRARY}


def test_the_index_lists_every_page_and_no_other():
    rows = re.findall(r"^\| \[([a-z-]+)\]\(\1\.md\) \|", INDEX.read_text("utf-8"), re.MULTILINE)

    assert sorted(rows) == [page.stem for page in PAGES]


def test_every_alert_of_the_product_has_its_page():
    assert {rule.slug for rule in rules(load())} <= {page.stem for page in PAGES}


def test_every_link_leads_somewhere():
    broken = [
        (name(page), link)
        for page in [*PAGES, INDEX]
        for link in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / link).resolve().exists()
    ]

    assert broken == []
