"""What is installed is pinned with hashes, the same for all, and names no server."""

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.sources import ROOT, name, texts

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUNTIME, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
# Written in pieces, as this file is read by its own test.
REGISTRY = re.compile(
    "|".join(["pypi" + r"\.org", "python" + "hosted", r"registry\." + "npmjs", "npmjs" + r"\.(org|com)", "--(extra-)?" + "index-url"])
)
MACHINE_PATH = re.compile(r"(?<![\w.-])/" + "(work|root|opt/wheels|opt/" + "pypi)/")


def blocks(lock):
    """Each requirement of a lock with the lines that belong to it."""
    return [text for text in re.split(r"\n(?=[a-z0-9])", lock.read_text("utf-8"), flags=re.IGNORECASE) if "==" in text.split("\n")[0]]


def pins(lock):
    """The versions of each package; more than one where the platform decides."""
    found = {}
    for block in blocks(lock):
        requirement = Requirement(block.split("\\")[0].strip())
        (version,) = requirement.specifier
        found.setdefault(canonicalize_name(requirement.name), set()).add(version.version)
    return found


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT], ids=name)
def test_every_package_is_pinned_with_hashes(lock):
    assert len(blocks(lock)) > 30
    for block in blocks(lock):
        assert "--hash=sha256:" in block, block.split("\n")[0]


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        (RUNTIME, PROJECT["project"]["dependencies"]),
        (DEVELOPMENT, PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]),
    ],
    ids=["runtime", "development"],
)
def test_the_lock_holds_what_the_project_declares(lock, declared):
    pinned = pins(lock)
    for requirement in map(Requirement, declared):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not locked: python3 dev lock"
        assert all(Version(version) in requirement.specifier for version in versions), requirement.name


def test_developers_have_the_same_versions_as_production():
    development = pins(DEVELOPMENT)

    for package, versions in pins(RUNTIME).items():
        assert development[package] == versions, f"{package}: python3 dev lock"


def test_npm_packages_are_pinned_with_their_integrity_and_without_a_server():
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]

    for package, version in wanted.items():
        assert locked[f"node_modules/{package}"]["version"] == version
    for place, package in locked.items():
        assert "resolved" not in package, place
        assert not place or package["integrity"].startswith("sha512-"), place


def test_npm_runs_no_script_of_a_package():
    assert "ignore-scripts=true" in (ROOT / ".npmrc").read_text("utf-8").split()


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE_PATH], ids=["a registry", "a place on one machine"])
def test_no_file_names(pattern):
    found = {name(path): match.group() for path in texts() if (match := pattern.search(path.read_text("utf-8")))}

    assert found == {}
