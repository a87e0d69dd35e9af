"""Checks of the versions: Python, every package against the ranges and the lock, and the workers against this program."""

import platform
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from backend.queues.wording import number_of
from backend.services.doctor.checks import Check, Verdict, failed, ok, skipped, warning
from backend.services.doctor.patient import Patient

SUBJECT = "versions"
ROOT = Path(__file__).parents[3]
OLDEST, NEWEST = (3, 11), (3, 13)
SHOWN = 5
_NAME = re.compile(r"^([A-Za-z0-9._-]+)(.*)$")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
_CURE = "make setup"


def numbers(text: str) -> tuple[int, ...]:
    """A version as numbers that compare: `9.1.2.post2` is (9, 1, 2, 2)."""
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("+")[0]))


def _same(one: str, other: str) -> bool:
    """`1.0` and `1.000` are one version."""
    first, second = numbers(one), numbers(other)
    longest = max(len(first), len(second))
    return all(a == b for a, b in zip(first + (0,) * (longest - len(first)), second + (0,) * (longest - len(second)), strict=True))


def within(installed: str, wanted: str) -> bool:
    """Whether a version is in a range such as `>=3.1.3,<4`."""
    have = numbers(installed)
    for part in filter(None, (each.strip() for each in wanted.split(","))):
        bound = numbers(part)
        if part.startswith(">=") and have < bound:
            return False
        if part.startswith("<") and not part.startswith("<=") and have[: len(bound)] >= bound:
            return False
    return True


def _python(_patient: Patient) -> Verdict:
    here = tuple(map(int, platform.python_version_tuple()[:2]))
    seen = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return ok(seen) if OLDEST <= here <= NEWEST else failed(seen, "use Python 3.11, 3.12 or 3.13")


def _ranges(_patient: Patient) -> Verdict:
    path = ROOT / "pyproject.toml"
    if not path.exists():
        return skipped("pyproject.toml is not beside the program: an installed copy has been checked when it was installed")
    wanted = [_NAME.match(each) for each in tomllib.loads(path.read_text("utf-8"))["project"]["dependencies"]]
    wrong = list(_outside({found[1]: found[2] for found in wanted if found}))
    if wrong:
        return failed(_some(wrong), _CURE)
    return ok(f"{len(wanted)} packages are within their ranges")


def _lock(_patient: Patient) -> Verdict:
    path = ROOT / "requirements.lock"
    if not path.exists():
        return skipped("requirements.lock is not beside the program")
    pins = dict(_PIN.findall(path.read_text("utf-8")))
    other = [f"{name} {have} instead of {pin}" for name, pin in pins.items() if (have := installed(name)) and not _same(have, pin)]
    return warning(_some(other), _CURE) if other else ok(f"as in requirements.lock, {len(pins)} packages")


def _outside(wanted: Mapping[str, str]) -> Iterator[str]:
    for name, allowed in wanted.items():
        have = installed(name)
        if not have:
            yield f"{name} is missing"
        elif not within(have, allowed):
            yield f"{name} {have} is not {allowed}"


def installed(name: str) -> str:
    """The version of a package; empty where it is not installed, as one for another platform."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _some(found: list[str]) -> str:
    return "; ".join(found[:SHOWN]) + (f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else "")


def _workers(patient: Patient) -> Verdict:
    ours = {"gacp": version("gacp"), "python": platform.python_version(), "rq": version("rq")}
    seen = patient.workers()
    if not seen:
        return skipped("no worker has been heard of")
    others = [
        f"{worker.name}: {name} {worker.versions[name]} instead of {number}"
        for worker in seen
        for name, number in ours.items()
        if worker.versions.get(name) and worker.versions[name] != number
    ]
    if others:
        return warning(_some(others), "finish the deployment; `kill -HUP` on the parent of workers starts them anew one by one")
    return ok(f"{number_of(len(seen), 'worker runs', 'workers run')} gacp {ours['gacp']} on Python {ours['python']}, as this program does")


CHECKS = (
    Check("python", SUBJECT, _python),
    Check("packages", SUBJECT, _ranges),
    Check("lock", SUBJECT, _lock),
    Check("worker-versions", SUBJECT, _workers, needs=("workers",)),
)
