"""Fetches the other queues, in pinned versions, once and away from our own packages, with the tools of the set-up script."""

import importlib.util
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PLACE = ROOT / "build" / "peers"
REQUIREMENTS = HERE / "requirements.txt"
NODE_FILES = [HERE / "node" / name for name in ("package.json", "package-lock.json", ".npmrc")]


@dataclass(frozen=True)
class Peers:
    """Where they are: the programs of their Python environment, a Node.js, and the folder of its packages."""

    bin: Path
    node: str
    modules: Path


def installed() -> Peers:
    """The peers, fetched first where these versions are not there yet; raises the script's SetupError with the cure."""
    dev = _dev()
    python, node = PLACE / "python", PLACE / "node"
    _once(dev, "peers-python", [REQUIREMENTS], python, lambda: _install_python(dev, python))
    _once(dev, "peers-node", NODE_FILES, node / "node_modules", lambda: _install_node(dev, node))
    npm = dev.find_npm()
    return Peers(python / "bin", npm[0] if len(npm) > 1 else "node", node / "node_modules")


def _once(dev: Any, stamp: str, files: list[Path], place: Path, install: Callable[[], None]) -> None:
    wanted = dev.fingerprint(*files)
    if dev.stamp(stamp) != wanted or not place.exists():
        print(f"Installing {', '.join(file.name for file in files[:1])} of the other queues into {place.relative_to(ROOT)}")
        install()
        dev.set_stamp(stamp, wanted)


def _install_python(dev: Any, place: Path) -> None:
    uv = dev.find_uv()
    dev.run([*uv, "venv", "--quiet", "--clear", "--python", str(dev.venv_python()), str(place)], "make the peers' environment")
    sync = [*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(place / "bin" / "python"), str(REQUIREMENTS)]
    dev.run(sync, "install the Python peers")


def _install_node(dev: Any, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for file in NODE_FILES:
        shutil.copy(file, place)
    # Not "ci": that one refuses a lock without the optional parts for other machines, which not every registry has.
    dev.run([*dev.find_npm(), "--prefix", str(place), "install"], "install the npm peers")


def _dev() -> Any:
    """The script `dev`, whose name has no ending."""
    loader = SourceFileLoader("dev_script", str(ROOT / "dev"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("dev_script", loader))
    loader.exec_module(module)
    return module
