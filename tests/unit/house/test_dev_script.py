"""The set-up script does what is missing, once, and says clearly what it cannot do."""

import os
import shutil
import stat
import subprocess
import sys
import tomllib
from importlib.metadata import distributions

import pytest

from tests.support.dev_script import ROOT, load_dev

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
UV = """#!/bin/sh
echo "$@" >> "{log}"
case "$1 $2" in
  "--version "*) echo "uv 0.13.9" ;;
  "venv "*) mkdir -p .venv/bin .venv/lib/python3.11/site-packages && ln -s "{python}" .venv/bin/python ;;
  "pip sync") echo "Resolved 2 packages"; echo " + flask==3.1.3"; {fault} ;;
esac
"""
NPM = """#!/bin/sh
echo "npm $@" >> "{log}"
case "$1" in
  --version) echo "{version}" ;;
  ci) mkdir -p node_modules; {fault} ;;
esac
"""


class House:
    """A copy of the script in a folder of its own, on a machine whose uv and npm only write down what they are asked."""

    def __init__(self, folder):
        self.root, self.bin, self.log = folder / "a house", folder / "bin", folder / "asked.log"
        self.root.mkdir()
        self.bin.mkdir()
        for name in ("dev", "requirements.lock", "requirements-dev.lock", "package.json", "package-lock.json", ".npmrc", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root / name)
        self.tool("uv", UV)
        self.tool("npm", NPM, version="10.2.0")
        self.tool("node", "#!/bin/sh\n")

    def tool(self, name, text, fault="true", version=""):
        path = self.bin / name
        path.write_text(text.format(log=self.log, python=sys.executable, fault=fault, version=version))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def dev(self, *arguments, script=True, path=None):
        environment = {"PATH": path or f"{self.bin}{os.pathsep}/usr/bin{os.pathsep}/bin"}
        command = [sys.executable, *([str(self.root / "dev")] if script else []), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd="/")

    def asked(self):
        """What the tools were asked since the last look, without questions for their versions."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [line for line in lines if "--version" not in line]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_the_first_set_up_shows_its_steps_and_the_second_does_nothing(house):
    first = house.dev("setup")

    assert first.returncode == 0, first.stderr
    assert "[1/3] Making .venv" in first.stdout
    assert "[2/3] Installing Python packages (requirements-dev.lock)" in first.stdout
    assert "[3/3] Installing npm packages" in first.stdout
    assert [line.split()[0] for line in house.asked()] == ["venv", "pip", "npm"]

    second = house.dev("setup")

    assert second.stdout == "Everything is in place. Start it with: python3 dev run\n"
    assert house.asked() == []


def test_packages_are_installed_by_hash_from_the_lock(house):
    house.dev("setup")

    sync = next(line for line in house.asked() if line.startswith("pip sync"))
    assert "--require-hashes" in sync
    assert sync.endswith("requirements-dev.lock")


@pytest.mark.parametrize(
    ("file", "step"), [("requirements-dev.lock", "Installing Python packages"), ("package-lock.json", "Installing npm packages")]
)
def test_a_changed_lock_is_installed_and_nothing_else(house, file, step):
    house.dev("setup")
    house.asked()
    with (house.root / file).open("a") as lock:
        lock.write("\n")

    again = house.dev("setup")

    assert f"[1/1] {step}" in again.stdout
    assert len(house.asked()) == 1


def test_a_folder_that_was_moved_is_set_up_again(house):
    house.dev("setup")
    house.root = house.root.rename(house.root.parent / "moved")

    assert "Installing Python packages" in house.dev("setup").stdout


@pytest.mark.parametrize(("tool", "text"), [("uv", UV), ("npm", NPM)])
def test_a_step_that_failed_is_done_again(house, tool, text):
    house.tool(tool, text, fault="exit 1", version="10.2.0")
    assert house.dev("setup").returncode == 1
    house.tool(tool, text, version="10.2.0")
    house.asked()

    again = house.dev("setup")

    assert again.returncode == 0
    assert any(line.startswith({"uv": "pip sync", "npm": "npm ci"}[tool]) for line in house.asked())


@pytest.mark.parametrize(
    ("tool", "text", "words"),
    [
        ("uv", UV, "error: error sending request for url"),
        ("uv", UV, "tcp connect error: Connection refused (os error 111)"),
        ("npm", NPM, "npm error code ENOTFOUND"),
        ("npm", NPM, "npm error code EAI_AGAIN"),
    ],
)
def test_without_a_network_the_message_says_so_with_the_cure(house, tool, text, words):
    house.tool(tool, text, fault=f"echo '{words}' >&2; exit 1", version="10.2.0")

    done = house.dev("setup")

    assert done.returncode == 1
    assert "the package registry cannot be reached" in done.stderr
    assert "Connect this machine to the internet" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["invalid peer certificate: UnknownIssuer", "SSL: CERTIFICATE_VERIFY_FAILED"])
def test_a_proxy_with_a_certificate_of_its_own_is_named_as_the_cause(house, words):
    house.tool("uv", UV, fault=f"echo 'error sending request: {words}' >&2; exit 1")

    assert "SSL_CERT_FILE" in house.dev("setup").stderr


def test_another_fault_is_not_blamed_on_the_network(house):
    house.tool("uv", UV, fault="echo 'hash mismatch' >&2; exit 1")

    done = house.dev("setup")

    assert "hash mismatch" in done.stdout
    assert "could not install the Python packages; the lines above tell why" in done.stderr


def test_caches_stay_in_the_folder(house):
    house.tool("uv", UV, fault='echo "cache=$UV_CACHE_DIR"')
    house.tool("npm", NPM, fault='echo "cache=$npm_config_cache"', version="11.0.0")

    out = house.dev("setup").stdout

    assert f"cache={house.root}/.tools/uv-cache" in out
    assert f"cache={house.root}/.tools/npm-cache" in out


def test_the_program_runs_the_code_of_this_folder_even_with_a_space_in_its_name(house):
    house.dev("setup")
    (house.root / "backend").mkdir()
    (house.root / "backend" / "console.py").write_text("import sys\ndef main(): print('hello', *sys.argv[1:])\n")
    # The link to the real Python has no site-packages of its own, so the path file is read by hand.
    environment = {"PYTHONPATH": (house.root / ".venv/lib/python3.11/site-packages/gacp.pth").read_text().strip()}

    done = subprocess.run([house.root / ".venv/bin/gacp", "dev", "now"], env=environment, capture_output=True, text=True, check=False)

    assert done.stdout == "hello dev now\n", done.stderr


def test_the_program_is_an_installed_package_that_the_installer_can_remove(house):
    house.dev("setup")
    (metadata,) = distributions(path=[str(house.root / ".venv/lib/python3.11/site-packages")])

    assert (metadata.name, metadata.version) == ("gacp", PROJECT["project"]["version"])
    assert all(file.locate().exists() for file in metadata.files)
    assert {file.name for file in metadata.files} == {"gacp.pth", "gacp", "METADATA", "INSTALLER", "WHEEL", "RECORD"}


def test_run_is_content_with_the_packages_of_a_developer(house):
    house.dev("setup")
    (house.root / ".venv/bin/gacp").write_text("import sys; print('started', sys.argv[1:])")
    house.asked()

    done = house.dev("run", "--x")

    assert done.stdout == "started ['dev', '--x']\n"
    assert house.asked() == []


def test_run_alone_leaves_the_tools_of_developers_out(house):
    house.dev("run")

    assert any(line.endswith("requirements.lock") for line in house.asked())


OLD_PYTHON = """
import runpy, sys
sys.version_info = (3, 10, 4)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_an_old_python_hands_over_to_a_newer_one_on_the_path(house):
    house.tool("python3.13", '#!/bin/sh\n[ "$1" = -c ] && echo 13 || echo "newer: $@"\n')

    done = house.dev("-c", OLD_PYTHON, str(house.root / "dev"), "check", script=False)

    assert done.stdout == f"newer: {house.root}/dev check\n", done.stderr


@pytest.mark.parametrize("shim", ["#!/bin/sh\nexit 127\n", None])
def test_an_old_python_alone_says_which_one_is_needed(house, shim):
    if shim:
        house.tool("python3.12", shim)

    done = house.dev("-c", OLD_PYTHON, str(house.root / "dev"), "check", script=False, path=str(house.bin))

    assert done.returncode == 1
    assert "this is Python 3.10, and Python 3.11, 3.12 or 3.13 is needed" in done.stderr


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), ([], 2), (["rum"], 2)])
def test_the_usage_names_every_command(house, arguments, code):
    done = house.dev(*arguments)

    assert done.returncode == code
    for command in load_dev().COMMANDS:
        assert f"\n  {command} " in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [("uv 0.13.9 (x86_64)", (0, 13, 9)), ("10.9.2", (10, 9, 2)), (None, ()), ("no number", ()), ("v9.1", (9, 1))],
)
def test_versions_compare_as_numbers(text, expected):
    assert load_dev().version(text) == expected


def test_clean_keeps_the_data(house):
    house.dev("setup")
    (house.root / "var").mkdir()

    assert house.dev("clean").returncode == 0

    left = {path.name for path in house.root.iterdir()}
    assert "var" in left
    assert not {".venv", ".tools", ".setup", "node_modules"} & left


def test_make_only_calls_the_script():
    recipes = [line.strip() for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("\t")]

    assert recipes == ["@$(PYTHON) dev --help", "@$(PYTHON) dev $@ $(ARGS)"]
