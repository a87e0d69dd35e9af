"""Jobs that misbehave, and the process in which they may: `python -m tests.support.isolated_jobs FOLDER SOCKET PARENT`."""

import ctypes
import logging
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.adapters.isolation.child import serve
from backend.errors import PermanentFailure, TemporaryFailure
from backend.queues.jobs import JobContext, job
from backend.queues.registry import Registry
from backend.telemetry.logs import configure, logger

LOG = logger("tricks")


class Trick(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    do: str = "answer"
    size: int = 0


def _spin_in_c(_size: int, _context: JobContext) -> None:
    re.match(r"(a+)+$", "a" * 64 + "b")


def _be_noisy(size: int, _context: JobContext) -> dict:
    print('{"result": {"forged": true}}')
    os.write(1, b"noise without an end of line")
    subprocess.run(["echo", "noise of a grandchild"], check=True)
    return {"size": size}


def _report(_size: int, context: JobContext) -> dict:
    context.progress({"pages": 3})
    context.log("first line")
    context.log("บรรทัดที่สอง")
    return {"context": [context.job_id, context.attempt, context.queue, context.request_id]}


def talk(_size: int, context: JobContext) -> None:
    LOG.info("A trick is told of", to="a@b.co")
    context.log("told")
    logging.getLogger("driver").warning("by a driver: %s", 1000100001015)


def _wait_for(asked) -> dict:
    while not asked():
        time.sleep(0.02)
    return {"asked": True}


def _swell(size: int, _context: JobContext) -> None:
    held = []
    for _ in range(size):
        held.append(bytearray(os.urandom(1) * 2**20))
        time.sleep(0.002)
    time.sleep(30)


def _fail(error: BaseException):
    raise error


def _leave_a_child_behind(_size: int, _context: JobContext) -> dict:
    return {"pid": subprocess.Popen(["sleep", "60"]).pid}


def _sleep_holding_the_lock(size: int, _context: JobContext) -> None:
    ctypes.PyDLL(None).sleep(size)


_TRICKS = {
    "answer": lambda size, _: {"pid": os.getpid(), "text": "x" * size},
    "segfault": lambda *_: ctypes.string_at(0),
    "exit": lambda *_: os._exit(3),
    "sys.exit": lambda *_: sys.exit(4),
    "kill -9": lambda *_: os.kill(os.getpid(), signal.SIGKILL),
    "spin in C": _spin_in_c,
    "hold the lock": _sleep_holding_the_lock,
    "noise": _be_noisy,
    "report": _report,
    "talk": talk,
    "wait for the stop": lambda _, context: _wait_for(context.stopping),
    "wait for the cancel": lambda _, context: _wait_for(context.stop_if_cancelled),
    "swell": _swell,
    "fail": lambda *_: _fail(TemporaryFailure("not yet", retry_after=7)),
    "fail for good": lambda *_: _fail(PermanentFailure("never")),
    "stumble": lambda *_: _fail(KeyError("no such key")),
    "return an object": lambda *_: {"self": object()},
    "leave a child": _leave_a_child_behind,
}


def _do(payload: Trick, services: Path, context: JobContext):
    (services / "pid").write_text(str(os.getpid()))
    return _TRICKS[payload.do](payload.size, context)


@job(queue="aiQc", payload=Trick, attempts=1, isolated=True)
def trick(payload: Trick, services: Path, context: JobContext):
    """Do it."""
    return _do(payload, services, context)


@job(queue="aiQc", payload=Trick, attempts=1, isolated=True, timeout_ms=3_000)
def quick_trick(payload: Trick, services: Path, context: JobContext):
    """Do it, in three seconds, of which its process needs one to start on a busy machine."""
    return _do(payload, services, context)


@job(queue="aiQc", payload=Trick, attempts=1, isolated=True, memory_mib=150)
def small_trick(payload: Trick, services: Path, context: JobContext):
    """Do it, with little memory."""
    return _do(payload, services, context)


@job(queue="aiQc", payload=Trick, attempts=2, backoff=0, isolated=True)
def trick_again(payload: Trick, services: Path, context: JobContext):
    """Do it, and once more where it fails."""
    return _do(payload, services, context)


@job(queue="aiQc", payload=Trick, attempts=3)
def bold_trick(payload: Trick, services: Path, context: JobContext):
    """Do it in the process of the worker."""
    return _do(payload, services, context)


TYPES = (trick, quick_trick, small_trick, trick_again, bold_trick)


def command(folder: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.support.isolated_jobs", str(folder))


if __name__ == "__main__":
    configure(json=True)
    serve(sys.argv[2], sys.argv[3], lambda: (Registry(*TYPES).get, Path(sys.argv[1]), lambda: None))
