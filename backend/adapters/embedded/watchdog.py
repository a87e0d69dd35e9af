"""Kills the process groups it was told of when the process that told it ends, however it ends.

Runs as a process of its own: `python watchdog.py`, fed by a pipe with lines `+PID` and `-PID`. The kernel closes the
pipe even when the writer is killed. It reaches grandchildren and systems other than Linux, which PR_SET_PDEATHSIG
does not.
"""

import contextlib
import os
import signal
import subprocess
import sys


class Watchdog:
    """The writing end: `watch` each child that leads a process group, `forget` it when it has ended."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the commands are our own
            [sys.executable, "-I", "-S", __file__], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )

    def watch(self, pid: int) -> None:
        self._tell(f"+{pid}\n")

    def forget(self, pid: int) -> None:
        self._tell(f"-{pid}\n")

    def close(self) -> None:
        """End it; what is still watched is killed."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # somebody killed the watchdog: no reason to stop working
            self._process.stdin.write(line.encode("ascii"))
            self._process.stdin.flush()


def _guard() -> None:
    """Read until the writer is gone, then kill."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    watched: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        (watched.add if line.startswith("+") else watched.discard)(pid)
    for pid in watched:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    _guard()
