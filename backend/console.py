"""The `gacp` program: builds what a command needs and hands it to `cli`, which imports neither adapters nor bootstrap."""

import atexit
import json
import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from backend.cli.main import cli
from backend.cli.program import Program, Say, WorkerOptions
from backend.settings import Settings, load, run_folder

_ROOT = Path(__file__).parents[1]
_COMMANDS = {
    "web": (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"),
    "worker": (sys.executable, "-m", "backend.console", "worker"),
    "scheduler": (sys.executable, "-m", "backend.console", "scheduler"),
}


def main() -> None:
    """Run `gacp`; ends the process with the exit code of the command."""
    cli(obj=program(), prog_name="gacp")


def program() -> Program:
    """Every way to build or start something, each loading what it needs when it is called."""
    return Program(
        settings=load,
        services=cache(_services),
        run_dev=_run_dev,
        run_web=_run_web,
        run_worker=_run_worker,
        run_scheduler=lambda: _run_process("backend.scheduler:main"),
        roster=lambda: _use("backend.adapters.rq.roster:open_roster")(_beside_dev()),
        life_signs=lambda: _use("backend.adapters.rq.worker.liveness:signs")(run_folder(load())),
        patient=_patient,
        end_with_parent=lambda: _use("backend.adapters.embedded.process:end_with_parent")(signal.SIGKILL, os.getppid()),
    )


def _use(name: str) -> Any:
    """The object behind `module:attribute`. Named like an entry point, as `gacp dev` must not wait for the imports of the web."""
    return pkgutil.resolve_name(name)


def _beside_dev() -> Settings:
    """What a command works with: the settings, and those of a `gacp dev` that runs on the same folder."""
    settings: Settings = _use("backend.adapters.embedded.beside:beside_dev")(load())
    return settings


def _patient(timeout_s: float, probes: int) -> Any:
    """What the doctor examines; nothing is built or asked before one of its checks wants it."""
    settings = _beside_dev()
    _log(settings, level="CRITICAL")  # what fails is a finding, and no line of a log between the others
    return _use("backend.examination:patient")(settings, timeout_s=timeout_s, probes=probes)


def _services() -> Any:
    settings = _beside_dev()
    _log(settings, level="WARNING")  # a command's own words are its output
    services = _use("backend.bootstrap:build")(settings)
    atexit.register(services.close)  # the last events leave before the process ends
    return services


def _run_dev(say: Say, announce: Callable[[str], None]) -> int:
    code: int = _use("backend.adapters.embedded.stack:run_stack")(load(), _COMMANDS, say, announce)
    return code


def _run_web() -> None:
    """Become gunicorn, so that signals reach it and not us."""
    load()  # a bad variable is told as one line here, and not from inside of gunicorn
    os.chdir(_ROOT)
    os.execv(sys.executable, _COMMANDS["web"])  # noqa: S606 - our own command


def _run_worker(options: WorkerOptions) -> None:
    """Become the small parent of the workers, or, where there is to be none, the worker; beside a `gacp dev` they join its own."""
    settings = _beside_dev()
    _use("backend.adapters.smtp.checking:check")(settings)  # what a worker looks at only when its first job asks for the department
    command = [sys.executable, "-m", "backend.worker", json.dumps({"concurrency": options.concurrency, "queues": options.queues})]
    if not options.alone:
        overseer = _ROOT / "backend" / "adapters" / "rq" / "worker" / "overseer.py"
        processes = str(options.processes or settings.worker_processes)
        # Isolated and without site-packages: the parent needs neither, and each costs it memory.
        command = [sys.executable, "-I", "-S", str(overseer), *(["--json"] if settings.production else []), processes, *command]
    variables = _use("backend.adapters.embedded.beside:as_variables")(settings)
    _use("backend.adapters.embedded.process:become")(command, variables)


def _run_process(name: str) -> None:
    settings = _beside_dev()
    _use("backend.telemetry.logs:begin")(settings)
    sys.exit(_use(name)(settings))


def _log(settings: Settings, *, level: str) -> None:
    _use("backend.telemetry.logs:configure")(json=settings.production, level=level, secrets=settings.secrets)


if __name__ == "__main__":
    main()
