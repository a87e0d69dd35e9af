"""What the Python programs have in common: they read a command, count their jobs from inside, and answer one line of JSON.

Commands, each with whole numbers:

    throughput JOBS CONCURRENCY MS      submits all, then works them off; jobs of MS milliseconds
    submit JOBS WARM_UP                 submits one after the other, after some that do not count
    serve JOBS CONCURRENCY              works until that many jobs have come
    spaced JOBS EVERY_MS                submits one now and then, for another process that serves
    pickup JOBS CONCURRENCY EVERY_MS    both of these in one process
    trips JOBS CONCURRENCY EVERY_MS     submits one after the other, then works; with EVERY_MS, at the same time

The server's address is in PEER_URL. Times are those of the monotonic clock, which all processes of a machine share.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

URL = os.environ["PEER_URL"]
LINGER_S = 0.3  # for what a worker still has to write about its last jobs


class Program(Protocol):
    """One queue as its users see it; every job calls `run`."""

    def submit(self, sent: int, ms: int) -> object:
        """Submit one job with these two arguments."""

    def submit_many(self, count: int, ms: int) -> None:
        """Submit so many in the quickest way that the queue offers."""

    def work(self, concurrency: int) -> None:
        """Work in this process; need not return."""


class Meter:
    """Notes when each job began and ended, in nanoseconds, and how long it had been on its way."""

    def __init__(self) -> None:
        self._begun: list[int] = []
        self._ended: list[int] = []
        self._waits: list[int] = []
        self._expected = sys.maxsize
        self._full = threading.Event()

    def expect(self, jobs: int) -> None:
        """From now on so many jobs are all."""
        self._expected = jobs

    def note(self, begun: int, ended: int, sent: int) -> None:
        """One job; callable from any thread."""
        self._begun.append(begun)
        if sent:
            self._waits.append(begun - sent)
        self._ended.append(ended)
        if len(self._ended) >= self._expected:
            self._full.set()

    def wait(self) -> None:
        """Until all have ended."""
        self._full.wait()

    def seconds(self) -> float:
        """From the first start to the last end."""
        return (max(self._ended) - min(self._begun)) / 1e9

    def waits_ms(self) -> list[float]:
        return [wait / 1e6 for wait in self._waits]


METER = Meter()


def run(sent: int, ms: int) -> None:
    """The job: nothing, or a pause of so many milliseconds."""
    begun = time.monotonic_ns()
    if ms:
        time.sleep(ms / 1000)
    METER.note(begun, time.monotonic_ns(), sent)


def main(program: Program) -> None:
    """Do what the command line says."""
    command, *numbers = sys.argv[1:]
    COMMANDS[command](program, *map(int, numbers))


def throughput(program: Program, jobs: int, concurrency: int, ms: int) -> None:
    program.submit_many(jobs, ms)
    before = time.process_time()
    _work(program, jobs, concurrency, lambda: {"jobs": jobs, "seconds": METER.seconds(), "cpu_s": time.process_time() - before})


def submit(program: Program, jobs: int, warm_up: int) -> None:
    for _ in range(warm_up):
        program.submit(0, 0)
    began = time.monotonic()
    for _ in range(jobs):
        program.submit(0, 0)
    _answer({"jobs": jobs, "seconds": time.monotonic() - began})


def serve(program: Program, jobs: int, concurrency: int) -> None:
    _work(program, jobs, concurrency, lambda: {"waits_ms": METER.waits_ms()})


def spaced(program: Program, jobs: int, every_ms: int) -> None:
    for _ in range(jobs):
        program.submit(time.monotonic_ns(), 0)
        time.sleep(every_ms / 1000)
    _answer({"jobs": jobs})


def pickup(program: Program, jobs: int, concurrency: int, every_ms: int) -> None:
    threading.Thread(target=_submit_spaced, args=(program, jobs, every_ms), daemon=True).start()
    serve(program, jobs, concurrency)


def trips(program: Program, jobs: int, concurrency: int, every_ms: int) -> None:
    if every_ms:
        pickup(program, jobs, concurrency, every_ms)
    for _ in range(jobs):
        program.submit(0, 0)
    _work(program, jobs, concurrency, lambda: {"jobs": jobs})


def _submit_spaced(program: Program, jobs: int, every_ms: int) -> None:
    time.sleep(1)  # until the worker is there
    for _ in range(jobs):
        program.submit(time.monotonic_ns(), 0)
        time.sleep(every_ms / 1000)


def _work(program: Program, jobs: int, concurrency: int, result: Callable[[], dict[str, Any]]) -> None:
    """Work in the main thread, as workers want it for their signals, and end the process when the jobs have ended."""
    METER.expect(jobs)
    threading.Thread(target=_end, args=(result,), daemon=True).start()
    program.work(concurrency)
    threading.Event().wait()


def _end(result: Callable[[], dict[str, Any]]) -> None:
    METER.wait()
    time.sleep(LINGER_S)
    _answer(result())
    os._exit(0)


def _answer(result: dict[str, Any]) -> None:
    print(json.dumps(result), flush=True)


COMMANDS: dict[str, Callable[..., None]] = {
    "throughput": throughput,
    "submit": submit,
    "serve": serve,
    "spaced": spaced,
    "pickup": pickup,
    "trips": trips,
}
