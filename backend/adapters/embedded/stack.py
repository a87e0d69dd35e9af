"""What `gacp dev` runs: Valkey where no Redis is set, worker, scheduler and web, all on one data folder."""

import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from backend.adapters.embedded import beside
from backend.adapters.embedded.lock import FolderLock
from backend.adapters.embedded.process import Program
from backend.adapters.embedded.supervisor import Say, Supervisor
from backend.adapters.embedded.valkey import Valkey, free_port
from backend.errors import Conflict, Unavailable
from backend.settings import Settings

_ROOT = Path(__file__).parents[3]
_START_SECONDS = 60.0
_STOPS = ("web", "scheduler", "worker", "valkey")  # nobody accepts, then nobody hands over, then nobody runs
_DEMO_DEFAULTS = {name: name.upper() for name in beside.ON_UNLESS_SET}


def run_stack(settings: Settings, commands: Mapping[str, Sequence[str]], say: Say, announce: Callable[[str], None]) -> int:
    """Start all, call `announce(address)` when the web answers, go on until Ctrl-C or SIGTERM; returns the exit code.

    `commands` says how to start `web`, `worker` and `scheduler`.

    Raises Conflict where the folder or the port is taken, Unavailable where something does not start.
    """
    settings = with_port(settings)
    address = local_address(settings)
    lock = FolderLock(settings.data_dir.resolve())
    lock.acquire(address)
    try:
        refuse_busy_port(settings)
        with Supervisor(_without_noise(say)) as supervisor:
            _run(supervisor, settings, commands, lock, announce)
            return 1 if supervisor.gave_up else 0
    finally:
        lock.release()


def _run(
    supervisor: Supervisor, settings: Settings, commands: Mapping[str, Sequence[str]], lock: FolderLock, announce: Callable[[str], None]
) -> None:
    environment = demo_environment(settings)
    valkey = None if settings.effective_redis_url else Valkey(settings.data_dir / "valkey")
    if valkey is not None:
        supervisor.start(replace(valkey.program(pass_fds=(lock.fd,)), stop_turn=_STOPS.index("valkey")))
        environment["REDIS_URL"] = valkey.url
    lock.note(beside.note(settings, valkey.url if valkey else ""))
    web, *others = programs(settings, commands, environment)
    supervisor.start(web)  # its imports take longer than Valkey needs to be there
    if valkey is not None:
        _wait(supervisor, valkey.answers, "the embedded Valkey")
    address = local_address(settings)
    if _wait(supervisor, lambda: answers(f"{address}/readyz"), "the web process"):
        announce(address)
    for program in others:  # only now, as on two cores they would keep the web from being there soon
        supervisor.start(program)
    supervisor.run()


def _wait(supervisor: Supervisor, ready: Callable[[], bool], what: str) -> bool:
    """Whether it is ready; False where we were asked to stop meanwhile. Raises Unavailable where it takes too long."""
    if not supervisor.run_until(ready, seconds=_START_SECONDS, every_s=0.05) and not supervisor.stopping:
        raise Unavailable(f"{what} did not answer within {_START_SECONDS:.0f} s; its lines above tell why")
    return not supervisor.stopping


def demo_environment(settings: Settings) -> dict[str, str]:
    """What the processes are told beyond our own environment: queue, scheduler and demo data are on unless set otherwise."""
    environment = {variable: "true" for name, variable in _DEMO_DEFAULTS.items() if name not in settings.model_fields_set}
    return environment | {
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir.resolve()),
        "PYTHONUNBUFFERED": "1",
    }


def programs(settings: Settings, commands: Mapping[str, Sequence[str]], environment: dict[str, str]) -> list[Program]:
    """The processes in the order of their start; with ENABLE_QUEUE off jobs run in the caller and there is no worker."""
    queue = settings.enable_queue or "ENABLE_QUEUE" in environment
    scheduler = settings.enable_scheduler or "ENABLE_SCHEDULER" in environment
    names = ["web", *(["worker"] if queue else []), *(["scheduler"] if scheduler else [])]
    return [
        Program(name, tuple(commands[name]), env=environment, cwd=_ROOT, stop_seconds=15, stop_turn=_STOPS.index(name)) for name in names
    ]


def with_port(settings: Settings) -> Settings:
    """The settings with a definite port: PORT=0 takes one that is free now."""
    return settings if settings.port else settings.model_copy(update={"port": free_port(settings.host)})


def refuse_busy_port(settings: Settings) -> None:
    """Raises Conflict naming the cure where somebody listens on the port already."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Conflict(
                f"PORT: {settings.port} on {settings.host} cannot be used ({error.strerror}); stop the other program, "
                f"or choose another port: PORT={settings.port + 1}"
            ) from None


def local_address(settings: Settings) -> str:
    """Where a browser on this machine finds the pages."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::", "localhost"} else settings.host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def answers(url: str) -> bool:
    """Whether that address answers with a success, within half a second."""
    try:
        with urllib.request.urlopen(url, timeout=0.5) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _without_noise(say: Say) -> Say:
    """Valkey's advice to change the kernel's settings is for servers, and would worry a newcomer."""

    def pass_on(name: str, line: str) -> None:
        if "overcommit_memory" not in line:
            say(name, line)

    return pass_on
