"""The side of the caller: starts a process for one job, passes on what it tells, and ends it."""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from backend.adapters.isolation.messages import Lines, Message, Order, line, raised
from backend.errors import PermanentFailure
from backend.queues.errors import JobCrashed
from backend.queues.jobs import JobContext, JobType
from backend.queues.records import Job

STEP_S = 0.1
"""So often the waiting thread runs Python code: an exception that is to be raised in it waits no longer."""
LATE_S = 2.0
"""So long after its time-out a job is ended where nobody else has: inline nothing limits it but this."""
LONGEST_LINE = 64 * 2**20
_CHUNK = 2**18
_PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20


class ChildIsolation:
    """An Isolation: `command` is what to start, followed by the number of the socket and of this process."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)

    def __call__(self, job_type: JobType, job: Job, payload: BaseModel, services: Any, context: JobContext) -> Any:
        del payload, services  # it reads and builds its own
        child = _Child(self._command, Order.of(job_type.name, job.payload, context))
        try:
            return _Watch(child, job_type, job, context).result()
        finally:
            child.end()


class _Child:
    """The process, the leader of a group of its own, and the line to it."""

    def __init__(self, command: Sequence[str], order: Order) -> None:
        self._line, theirs = socket.socketpair()
        self._line.settimeout(0)
        self._unsent = bytearray(line(job=order.to_json()))
        self._lines = Lines()
        with theirs:
            argv = [*command, str(theirs.fileno()), str(os.getpid())]
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),), start_new_session=True)  # noqa: S603 - our own command
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._line, selectors.EVENT_READ)

    def tell(self, **message: Any) -> None:
        self._unsent += line(**message)

    def hear(self, wait_s: float) -> "list[Message] | None":
        """What has come within that time; None once nothing more can come."""
        self._selector.modify(self._line, selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0))
        ready = sum(events for _, events in self._selector.select(wait_s))
        if ready & selectors.EVENT_WRITE:
            del self._unsent[: self._line.send(self._unsent)]
        if not ready & selectors.EVENT_READ:
            return []
        data = self._line.recv(_CHUNK)
        messages = list(self._lines.add(data))
        if self._lines.size > LONGEST_LINE:
            raise PermanentFailure(f"The job returned more than {LONGEST_LINE // 2**20} MiB: keep it in a file, and return the file's name")
        return messages if data else None

    def memory_mib(self) -> float:
        """What is resident of the process; 0 where this system does not tell."""
        try:
            return int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]) * _PAGE_MIB
        except OSError:
            return 0.0

    def end(self) -> int:
        """End it and all that it has started, at once; its exit code. Safe to repeat."""
        if self.process.returncode is None:
            # Not waited for yet, so the number is still that of the group.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self._selector.close()
        self._line.close()
        return self.process.wait()


class _Watch:
    """One run: passes on what is told in both directions until the job has ended, or is to end."""

    def __init__(self, child: _Child, job_type: JobType, job: Job, context: JobContext) -> None:
        self._child = child
        self._type = job_type
        self._context = context
        self._timeout_ms = job.options.timeout
        self._end_by = time.monotonic() + self._timeout_ms / 1000 + LATE_S if self._timeout_ms else float("inf")
        self._said: set[str] = set()

    def result(self) -> Any:
        while True:
            try:
                messages = self._child.hear(STEP_S)
            except OSError:  # it ended in the middle of a line
                messages = None
            for message in messages or ():
                if "result" in message:
                    return message["result"]
                self._pass_on(message)
            if messages is None:
                raise JobCrashed(_how_it_ended(self._child))
            self._look()

    def _pass_on(self, message: Message) -> None:
        if "error" in message:
            raise raised(message["error"])
        reporter = self._context.reporter
        if "progress" in message:
            reporter.progress(message["progress"])
        elif "log" in message:
            reporter.log(message["log"])
        elif "kept" in message:
            reporter.keep(message["kept"])

    def _look(self) -> None:
        if self._context.stopping():
            self._say(stopping=True)
        by = self._context.reporter.cancelled()
        if by is not None:
            self._say(cancelled=by)
        limit, used = self._type.memory_mib, self._child.memory_mib()
        if limit and used > limit:
            raise JobCrashed(f"The isolated process was ended: it took {used:.0f} MiB, and {self._type.name} may take {limit}")
        if time.monotonic() > self._end_by:
            raise JobCrashed(f"The isolated process was ended: it ran longer than {self._timeout_ms} milliseconds")

    def _say(self, **message: Any) -> None:
        """Once."""
        if not message.keys() <= self._said:
            self._said.update(message)
            self._child.tell(**message)


def _how_it_ended(child: _Child) -> str:
    with suppress(subprocess.TimeoutExpired):
        child.process.wait(1.0)  # its line is closed a moment before it has ended
    code = child.end()
    if code >= 0:
        return f"The isolated process ended with exit code {code} before its job had ended"
    return f"The isolated process ended with signal {-code} ({signal.strsignal(-code)})"
