"""One child process: started so that it cannot outlive us, read line by line, stopped as a whole group."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to start.

    `env` is added to our own environment; `stop_seconds` is how long it may take to end; a lower `stop_turn` stops first,
    and of equal ones the last that was started.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    pass_fds: tuple[int, ...] = ()
    stop_seconds: float = 10.0
    stop_turn: int = 0


class Child:
    """A running program, the leader of a process group of its own: Ctrl-C in the terminal reaches only us, and we stop it in order."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - the commands are our own
            program.argv,
            env={**os.environ, **program.env},
            cwd=program.cwd,
            pass_fds=program.pass_fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_ends_with(os.getpid()),  # noqa: PLW1509 - the supervisor has one thread, so the fork is safe
        )
        self._rest = b""
        self.open = True
        os.set_blocking(self.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative where a signal ended it."""
        return self._process.poll()

    def fileno(self) -> int:
        """The pipe of its standard output and error, for a selector."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def read_lines(self) -> list[str]:
        """The whole lines that have come; `open` turns false when no more can follow."""
        return self._split(self._read())

    def last_lines(self) -> list[str]:
        """All that is still in the pipe of an ended child, with a last line that has no end."""
        data = b""
        while chunk := self._read():
            data += chunk
        if data or self._rest:
            data += b"" if data.endswith(b"\n") else b"\n"
        return self._split(data)

    def _read(self) -> bytes:
        try:
            data = os.read(self.fileno(), 65536)
        except BlockingIOError:
            return b""
        self.open = bool(data)
        return data

    def _split(self, data: bytes) -> list[str]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines]

    def terminate(self) -> None:
        """Ask the program to end (SIGTERM to it alone: a master looks after its own workers)."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def kill_group(self) -> None:
        """End it and whatever it has started, at once; safe to repeat, and after its end."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the pipe and of the process entry."""
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process.wait()


def end_with_parent(signum: int, parent: int) -> None:
    """Ask the kernel to send us `signum` when process `parent` ends (Linux; elsewhere the watchdog alone looks after that)."""
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:  # it ended before the kernel knew of our wish
        os.kill(os.getpid(), signum)


def _ends_with(parent: int) -> Callable[[], None]:
    # SIGKILL, not SIGTERM: all programs survive a crash, and one that drains for ten seconds would be the orphan.
    return lambda: end_with_parent(signal.SIGKILL, parent)


def become(argv: Sequence[str], env: Mapping[str, str]) -> None:
    """Run that program in place of this one, with `env` added to our own environment; does not return."""
    os.execve(argv[0], list(argv), {**os.environ, **env})  # noqa: S606 - our own command


def is_there(pid: int) -> bool:
    """Whether a process of that number runs, be it another user's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
