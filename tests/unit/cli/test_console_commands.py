"""The `gacp` command finds its sub-commands, helps with each, and tells an error as one line."""

import pkgutil
import platform
import subprocess
import sys
from importlib.metadata import version

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

import backend.cli
from backend.cli.dev import banner, say
from backend.cli.main import SECTIONS, cli
from backend.cli.program import Program
from backend.errors import Conflict, FieldError, InvalidInput, Misconfigured, NotFound
from backend.settings import load


def never(*_arguments):
    raise AssertionError("nothing may be built or started here")


def program(**ways):
    """What commands are given, where nothing may be started but what is named."""
    names = (
        "settings",
        "services",
        "run_dev",
        "run_web",
        "run_worker",
        "run_scheduler",
        "roster",
        "life_signs",
        "patient",
        "end_with_parent",
    )
    return Program(**(dict.fromkeys(names, never) | ways))


def gacp(*arguments, **ways):
    return CliRunner().invoke(cli, arguments, obj=program(**ways))


def raising(error):
    def way(*_arguments):
        raise error

    return way


def every_command(command=cli, path=()):
    """Each command and sub-command, by its words."""
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from every_command(command.get_command(context, name), (*path, name))


@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_every_command_helps_and_starts_nothing_by_it(path):
    result = gacp(*path, "--help")

    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")
    assert len(result.stdout.splitlines()[2].strip()) > 10, "say in one sentence what it does"


def test_every_module_beside_the_group_is_a_command():
    modules = {module.name.replace("_", "-") for module in pkgutil.iter_modules(backend.cli.__path__)}

    assert modules - set(cli.list_commands(click.Context(cli))) == {
        "asking",
        "auditing",
        "dead-acts",
        "dead-choosing",
        "dead-replay",
        "dead-views",
        "job-acts",
        "job-finding",
        "job-views",
        "main",
        "program",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("jbos",), "There is no command 'jbos': did you mean 'jobs'?"),
        (("zzzzz",), "`gacp --help` shows them"),
        (("jobs", "lst"), "'list'"),
    ],
)
def test_an_unknown_command_is_refused_with_the_one_that_was_meant(words, told):
    result = gacp(*words)

    assert result.exit_code == 2
    assert told in result.stderr


def test_the_version_is_told_and_starts_nothing():
    result = gacp("--version")

    assert (result.exit_code, result.stdout) == (0, f"gacp {version('gacp')} (Python {platform.python_version()})\n")


def test_the_help_shows_every_command_in_a_section():
    shown = gacp("--help").stdout

    assert {name for name in cli.list_commands(click.Context(cli)) if f"\n  {name} " not in shown} == set()
    assert all(f"{title}:" in shown for title in SECTIONS)
    assert "อื่น ๆ" not in shown


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_its_script_for_the_tab_key(shell):
    script, how = gacp("completion", shell), gacp("completion", shell, "--how")

    assert (script.exit_code, "_GACP_COMPLETE" in script.stdout) == (0, True)
    assert f"gacp completion {shell}" in how.stdout


def test_the_tab_key_completes_commands_and_names_of_queues():
    words = ShellComplete(cli, {}, "gacp", "_GACP_COMPLETE")

    assert [item.value for item in words.get_completions([], "sched")] == ["schedule", "scheduler"]
    assert [item.value for item in words.get_completions(["queue", "pause"], "e")] == ["email"]


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Misconfigured("PORT: not a number"), 2, "gacp: PORT: not a number\n"),
        (
            InvalidInput("Not valid", errors=(FieldError("farm.ngan", "0 to 3"), FieldError("x", "no"))),
            2,
            "gacp: Not valid (farm.ngan: 0 to 3; x: no)\n",
        ),
        (Conflict("another one runs"), 1, "gacp: another one runs\n"),
        (NotFound(), 1, "gacp: Not found\n"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(error, code, line):
    result = gacp("worker", run_worker=raising(error))

    assert (result.exit_code, result.stdout, result.stderr) == (code, "", line)


def test_an_accident_is_not_hidden():
    result = gacp("worker", run_worker=raising(ZeroDivisionError()))

    assert isinstance(result.exception, ZeroDivisionError)


@pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
def test_each_process_has_its_command(name):
    ran = []

    assert gacp(name, **{f"run_{name}": lambda *_options: ran.append(name)}).exit_code == 0
    assert ran == [name]


@pytest.mark.parametrize("code", [0, 1])
def test_dev_shows_the_address_once_it_is_known_and_ends_with_the_code_of_the_run(code):
    def run_dev(tell, announce):
        tell("web", "listening")
        announce("http://127.0.0.1:8000")
        return code

    result = gacp("dev", settings=load, run_dev=run_dev)

    assert result.exit_code == code
    assert result.stdout.startswith("web       | listening\n")
    assert "http://127.0.0.1:8000" in result.stdout


def test_dev_under_make_ends_with_make():
    asked = []

    gacp("dev", "--with-parent", settings=load, run_dev=lambda *_: 0, end_with_parent=lambda: asked.append("yes"))
    gacp("dev", settings=load, run_dev=lambda *_: 0, end_with_parent=lambda: asked.append("no"))

    assert asked == ["yes"]


def test_the_banner_names_the_demo_accounts_in_both_languages():
    text = banner("http://127.0.0.1:8000", load())

    assert "บัญชีสาธิต · Demo accounts" in text
    assert "farmer@gacp.example" in text
    assert "admin@gacp.example" in text


def test_the_banner_names_no_account_where_demo_data_is_off():
    assert "@" not in banner("http://127.0.0.1:8000", load(DEMO_DATA="false"))


def test_lines_carry_the_name_of_their_process_and_no_colour_outside_of_a_terminal(capsys):
    say("web", "one")
    say("scheduler", "two")
    say("newcomer", "three")

    assert capsys.readouterr().out == "web       | one\nscheduler | two\nnewcomer  | three\n"


def test_a_bad_variable_is_told_as_one_line_naming_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "backend.console", "worker"], env={"PORT": "many"}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr.startswith("gacp: PORT: ")
    assert done.stderr.count("\n") == 1


def test_starting_dev_does_not_wait_for_the_imports_of_the_web():
    code = "import sys, backend.console, backend.cli.dev; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"flask", "rq", "structlog", "backend.services", "backend.bootstrap"} & set(done.stdout.split())
