"""What `gacp dev` runs: Valkey where no Redis is set, worker, scheduler and web, all on one data folder."""

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from backend.adapters.embedded.lock import FolderLock
from backend.adapters.embedded.process import Program
from backend.adapters.embedded.supervisor import Say, Supervisor
from backend.adapters.embedded.valkey import Valkey, free_port
from backend.errors import Conflict, Unavailable
from backend.settings import Settings

_ROOT = Path(__file__).parents[3]
_START_SECONDS = 60.0
_DEMO_DEFAULTS = {"enable_queue": "ENABLE_QUEUE", "enable_scheduler": "ENABLE_SCHEDULER", "demo_data": "DEMO_DATA"}


def run_stack(settings: Settings, say: Say, announce: Callable[[str], None]) -> int:
    """Start all, call `announce(address)` when the web answers, go on until Ctrl-C or SIGTERM; returns the exit code.

    Raises Conflict where the folder or the port is taken, Unavailable where something does not start.
    """
    settings = with_port(settings)
    address = local_address(settings)
    lock = FolderLock(settings.data_dir.resolve())
    lock.acquire(address)
    try:
        with Supervisor(say) as supervisor:
            environment = demo_environment(settings)
            if not settings.effective_redis_url:
                environment["REDIS_URL"] = _start_valkey(supervisor, settings, lock.fd)
            for program in programs(settings, environment):
                supervisor.start(program)
            if supervisor.run_until(lambda: answers(f"{address}/readyz"), seconds=_START_SECONDS):
                announce(address)
            elif not supervisor.stopping:
                raise Unavailable(f"the web process did not answer within {_START_SECONDS:.0f} s; its lines above tell why")
            supervisor.run()
            return 1 if supervisor.gave_up else 0
    finally:
        lock.release()


def demo_environment(settings: Settings) -> dict[str, str]:
    """What the processes are told beyond our own environment: queue, scheduler and demo data are on unless set otherwise."""
    environment = {variable: "true" for name, variable in _DEMO_DEFAULTS.items() if name not in settings.model_fields_set}
    return environment | {
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir.resolve()),
        "PYTHONUNBUFFERED": "1",
    }


def programs(settings: Settings, environment: dict[str, str]) -> list[Program]:
    """The processes in the order of their start; with ENABLE_QUEUE off jobs run in the caller and there is no worker."""
    queue = settings.enable_queue or "ENABLE_QUEUE" in environment
    scheduler = settings.enable_scheduler or "ENABLE_SCHEDULER" in environment
    names = [*(["worker"] if queue else []), *(["scheduler"] if scheduler else []), "web"]
    return [Program(name, (sys.executable, "-m", "backend.console", name), env=environment, cwd=_ROOT, stop_seconds=15) for name in names]


def with_port(settings: Settings) -> Settings:
    """The settings with a port that is free now: the one set, or any for PORT=0. Raises Conflict naming the cure."""
    if settings.port == 0:
        return settings.model_copy(update={"port": free_port(settings.host)})
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Conflict(
                f"PORT: {settings.port} cannot be used ({error.strerror}); stop the other program, or choose another port: "
                f"PORT={settings.port + 1}"
            ) from None
    return settings


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


def _start_valkey(supervisor: Supervisor, settings: Settings, lock_fd: int) -> str:
    server = Valkey(settings.data_dir / "valkey")
    supervisor.start(server.program(pass_fds=(lock_fd,)))
    if not supervisor.run_until(server.answers, seconds=30, every_s=0.02) and not supervisor.stopping:
        raise Unavailable("the embedded Valkey did not start; its lines above tell why")
    return server.url
