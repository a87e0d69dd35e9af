"""What a runbook tells an engineer on call to type is there, and every page has what such a page needs."""

import re
import shlex

import click
import pytest

from backend.cli.main import cli
from backend.queues.alerts.rules import rules
from backend.settings import load
from tests.support.site import Site
from tests.support.sources import ROOT, name

FOLDER = ROOT / "docs" / "runbooks"
INDEX = FOLDER / "README.md"
PAGES = sorted(set(FOLDER.glob("*.md")) - {INDEX})
SECTIONS = ["What it means", "Who is affected", "See it", "Find the cause", "Put it right", "Escalate"]
COMMAND = re.compile(r"(?:^|`)(gacp [^`\n]+)", re.MULTILINE)
ROUTE = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?\s]*)")
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
    rules = {(method, _shape(rule.rule)) for rule in site.app.url_map.iter_rules() for method in rule.methods}
    site.close()
    named = {(name(page), route) for page in [*PAGES, INDEX] for route in ROUTE.findall(page.read_text("utf-8"))}

    assert named
    assert [(page, route) for page, route in named if (route[0], _shape(route[1])) not in rules] == []


def _shape(path):
    return re.sub(r"<[^>]+>|:[a-z]+|[A-Z_]{3,}", "*", path)


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
