"""The jobs of the rounds: quick, slow, failing, stubborn and deadly ones, and how each of them must end."""

import ctypes
import hashlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.errors import PermanentFailure, TemporaryFailure
from backend.queues.jobs import JobContext, job
from backend.queues.records import JobState
from backend.queues.registry import Registry
from tests.chaos.workers.traces import Trace

TICK_S = 0.01
LEAK = 16 * 1024 * 1024
BY_THE_KERNEL = 137
"""As an exit code: 128 and the number of the signal."""
_leaked: list[bytes] = []


class Errand(BaseModel):
    """`size` is what the kind of job makes of it: milliseconds, or how many times it fails."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = 0


@dataclass(frozen=True)
class Workplace:
    """The `services` of these jobs. `mortal` is false in the process that submits, which no job may block or end."""

    folder: Path
    trace: Trace
    mortal: bool

    def first_time(self, job_id: str) -> bool:
        """Whether nobody asked this for the job before."""
        try:
            os.close(os.open(self.folder / f"first-{job_id}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True


@job(queue="aiQc", payload=Errand)
def noop(payload: Errand, services: Workplace, context: JobContext):
    with services.trace.running(context.job_id):
        pass


@job(queue="email", payload=Errand, remove_on_complete=50)
def nap(payload: Errand, services: Workplace, context: JobContext):
    """Sleep in short stretches, each with a sign of life."""
    with services.trace.running(context.job_id) as alive:
        _until(payload.size, lambda: time.sleep(TICK_S), alive)


@job(queue="report", payload=Errand)
def spin(payload: Errand, services: Workplace, context: JobContext):
    """Keep the interpreter busy."""
    with services.trace.running(context.job_id) as alive:
        _until(payload.size, lambda: sum(range(20_000)), alive)


@job(queue="report", payload=Errand, remove_on_complete=False)
def crunch(payload: Errand, services: Workplace, context: JobContext):
    """Keep a core busy in C, without the interpreter."""
    with services.trace.running(context.job_id) as alive:
        _until(payload.size, lambda: hashlib.pbkdf2_hmac("sha256", b"herb", b"farm", 20_000), alive)


@job(queue="email", payload=Errand, attempts=4, backoff=150)
def flaky(payload: Errand, services: Workplace, context: JobContext):
    """Fail `size` times, then succeed."""
    with services.trace.running(context.job_id):
        if context.attempt <= payload.size:
            raise TemporaryFailure("not yet")


@job(queue="calendar", payload=Errand)
def doomed(payload: Errand, services: Workplace, context: JobContext):
    with services.trace.running(context.job_id):
        raise PermanentFailure("this was never going to work")


@job(queue="calendar", payload=Errand, attempts=2, backoff=100)
def hopeless(payload: Errand, services: Workplace, context: JobContext):
    with services.trace.running(context.job_id):
        raise TemporaryFailure("not yet, and never")


@job(queue="aiQc", payload=Errand)
def chat(payload: Errand, services: Workplace, context: JobContext):
    """Tell progress and log lines."""
    with services.trace.running(context.job_id):
        for step in range(3):
            context.progress({"step": step})
            context.log(f"step {step}")


@job(queue="report", payload=Errand, attempts=1, timeout_ms=400)
def endless(payload: Errand, services: Workplace, context: JobContext):
    """Go on for ever in Python, and swallow every exception, until the time is over."""
    with services.trace.running(context.job_id) as alive:
        _only_where_it_may(services)
        while True:
            try:
                alive()
                sum(range(10_000))
            except Exception:
                time.sleep(TICK_S)


@job(queue="report", payload=Errand, attempts=1, timeout_ms=400)
def deaf(payload: Errand, services: Workplace, context: JobContext):
    """Stay in one call into C that no exception reaches, until the time is long over."""
    with services.trace.running(context.job_id):
        _only_where_it_may(services)
        time.sleep(60)


@job(queue="report", payload=Errand)
def hold(payload: Errand, services: Workplace, context: JobContext):
    """The first time: hold the interpreter for `size` ms, so that no thread of the process gets on."""
    with services.trace.running(context.job_id):
        if services.mortal and services.first_time(context.job_id):
            ctypes.PyDLL(None).usleep(payload.size * 1000)


@job(queue="aiQc", payload=Errand)
def murder(payload: Errand, services: Workplace, context: JobContext):
    """The first time: end the own process, with `size` as exit code as a library may, or, where that is 137, as the kernel does where
    memory runs out."""
    with services.trace.running(context.job_id):
        if services.mortal and services.first_time(context.job_id):
            os.kill(os.getpid(), signal.SIGKILL) if payload.size == BY_THE_KERNEL else os._exit(payload.size)


@job(queue="report", payload=Errand)
def leak(payload: Errand, services: Workplace, context: JobContext):
    """Keep memory for ever."""
    with services.trace.running(context.job_id):
        if services.mortal:
            _leaked.append(os.urandom(1024) * (LEAK // 1024))


REGISTRY = Registry(noop, nap, spin, crunch, flaky, doomed, hopeless, chat, endless, deaf, hold, murder, leak)
_FAILS_ONCE = (doomed.name, endless.name, deaf.name)


def failures_of(record):
    """How many attempts of the job must have failed in the end."""
    if record.type == flaky.name:
        return record.payload["size"]
    return 2 if record.type == hopeless.name else int(record.type in _FAILS_ONCE)


def end_of(record):
    """The state that the job must end in."""
    return JobState.FAILED if record.type in (*_FAILS_ONCE, hopeless.name) else JobState.COMPLETED


def _until(milliseconds, step, alive):
    end = time.monotonic() + milliseconds / 1000
    while time.monotonic() < end:
        step()
        alive()


def _only_where_it_may(services):
    if not services.mortal:
        raise PermanentFailure("this must not run in the process that submits")
