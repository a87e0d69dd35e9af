"""The side of the job: one process that runs one job, tells its end, and is gone."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend import context as bound_context
from backend.adapters.embedded.process import end_with_parent
from backend.adapters.isolation.messages import Lines, Message, Order, line, told
from backend.errors import PermanentFailure
from backend.queues.errors import JobCancelled
from backend.queues.jobs import JobContext, JobType
from backend.queues.kept_lines import as_text
from backend.telemetry.lines import hearing
from backend.telemetry.logs import logger

_CHUNK = 2**18
log = logger("isolation")

Desk = tuple[Callable[[str], JobType], Any, Callable[[], object]]
"""How a process finds a job type by its name, what job functions get as services, and what lets go of everything."""


def serve(number: str, parent: str, build: Callable[[], Desk]) -> None:
    """Run the job that comes in by socket `number`, and end the process. It ends at once when `parent` or the socket does."""
    _give_up_first()
    # Whatever the job prints is no message, and goes where the log goes.
    os.dup2(sys.stderr.fileno(), 1)
    end_with_parent(signal.SIGKILL, int(parent))
    wire = socket.socket(fileno=int(number))
    wire.set_inheritable(False)
    messages = _messages(wire)
    order = Order(**next(messages)["job"])
    voice = _Voice(wire)
    threading.Thread(target=voice.listen, args=(messages,), name="isolation-listener", daemon=True).start()
    with bound_context.bind(**order.bound):
        answer = _answer(order, voice, build)
    wire.sendall(answer)
    os._exit(0)  # whatever threads the job has left behind


def _answer(order: Order, voice: "_Voice", build: Callable[[], Desk]) -> bytes:
    try:
        find, services, close = build()
        try:
            hearing.set(voice.hear)
            return _result(find(order.type), order, services, order.context(voice))
        finally:
            hearing.set(None)
            close()
    except JobCancelled:
        return line(error={"cancelled": voice.cancelled() or ""})
    except BaseException as error:
        # Also SystemExit and KeyboardInterrupt: there is no caller here whom they could mean.
        log.info("The isolated job failed", error=type(error).__name__, exc_info=not hasattr(error, "retryable"))
        return line(error=told(error))


def _result(job_type: JobType, order: Order, services: Any, context: JobContext) -> bytes:
    result = job_type(job_type.read(order.payload), services, context)
    try:
        return line(result=result)
    except (TypeError, ValueError) as error:
        raise PermanentFailure(f"{job_type.name} returned what is not plain JSON: {error}") from error


class _Voice:
    """The Reporter of the job: tells its parent, and knows what that has told."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._speaking = threading.Lock()
        self._cancelled_by: str | None = None
        self._stopping = False

    def progress(self, value: Any) -> None:
        self._tell(progress=value)

    def log(self, text: str) -> None:
        self._tell(log=text)

    def keep(self, text: str) -> None:
        self._tell(kept=text)

    def hear(self, line: Mapping[str, Any]) -> None:
        """What the job writes to the log is kept with it by its parent."""
        text = as_text(line)
        if text:
            self.keep(text)

    def cancelled(self) -> str | None:
        return self._cancelled_by

    def stopping(self) -> bool:
        return self._stopping

    def listen(self, messages: Iterator[Message]) -> None:
        """In a thread of its own; when the parent is gone, so is the process."""
        for message in messages:
            self._stopping = self._stopping or message.get("stopping", False)
            self._cancelled_by = message.get("cancelled", self._cancelled_by)
        os.killpg(0, signal.SIGKILL)

    def _tell(self, **message: Any) -> None:
        with self._speaking:
            self._wire.sendall(line(**message))


def _messages(wire: socket.socket) -> Iterator[Message]:
    lines = Lines()
    while data := wire.recv(_CHUNK):
        yield from lines.add(data)


def _give_up_first() -> None:
    """Where memory runs out, the kernel is to take this process, and none that others rely on."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
