"""What the documentation tells people to type is there."""

import re

import click
import pytest

from backend.cli.main import cli
from tests.support.dev_script import load_dev
from tests.support.sources import ROOT, name, tracked

PAGES = [path for path in tracked() if path.suffix == ".md"]
COMMANDS = load_dev().COMMANDS
DEV = re.compile(r"(?:^|`|\$ |\s{2,}|\()(?:python3 dev|\./dev|make) ([a-z]+)", re.MULTILINE)
GACP = re.compile(r"(?:^|`|\$ )(?:\.venv/bin/)?gacp ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", re.MULTILINE)


def test_the_readme_starts_with_the_two_commands():
    first_screen = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:40])

    assert "make run" in first_screen
    assert "make test" in first_screen


def named(pattern):
    """Each command that a page names, with the page."""
    return [(name(page), words) for page in PAGES for words in pattern.findall(page.read_text("utf-8"))]


def exists(command, subcommand):
    found = cli.get_command(click.Context(cli), command)
    return found is not None and (not subcommand or not isinstance(found, click.Group) or subcommand in found.commands)


def test_every_set_up_command_that_a_page_names_is_there():
    assert [(page, command) for page, command in named(DEV) if command not in COMMANDS] == []


def test_every_gacp_command_that_a_page_names_is_there():
    assert [(page, words) for page, words in named(GACP) if not exists(*words)] == []


def test_make_offers_every_command_of_the_script():
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE).group(1)

    assert set(phony.split()) == {*COMMANDS, "help"}


def test_the_procfile_names_commands_that_are_there():
    for line in (ROOT / "Procfile").read_text("utf-8").splitlines():
        process, command = line.split(": exec gacp ")
        assert process == command
        assert cli.get_command(click.Context(cli), command) is not None


@pytest.mark.parametrize("script", ["dev", ".ci/run"])
def test_scripts_can_be_executed(script):
    assert (ROOT / script).stat().st_mode & 0o111


def test_ci_runs_the_checks_and_the_tests():
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()

    assert "set -euo pipefail" in lines
    assert {"make check", "make test"} <= set(lines)
