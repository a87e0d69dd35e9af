"""What really ran: every run of a job appends lines to one file, which no kill can tear."""

import itertools
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One run as its own body told it, in nanoseconds since 1970. `last` is its last sign of life.

    `how` is `end` (the body returned), `out` (an exception went through it), or empty where it was cut off.
    """

    job_id: str
    pid: int
    number: int
    begun: int
    last: int
    how: str = ""


class Trace:
    """Writes whole lines at once to a file opened for appending: processes and threads do not disturb each other."""

    def __init__(self, path):
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._numbers = itertools.count(time.time_ns())  # a process may become its own successor, under the same pid

    @contextmanager
    def running(self, job_id):
        """Notes begin and end of the block; yields a function that gives a sign of life."""
        number = next(self._numbers)
        self._note("begin", job_id, number)
        try:
            yield lambda: self._note("tick", job_id, number)
        except BaseException:
            self._note("out", job_id, number)
            raise
        self._note("end", job_id, number)

    def close(self):
        os.close(self._file)

    def _note(self, what, job_id, number):
        os.write(self._file, f"{time.time_ns()} {what} {job_id} {os.getpid()} {number}\n".encode())


def runs(path, job_ids):
    """The runs of these jobs, by the time of their beginning."""
    found = {}
    for line in path.read_text().splitlines():
        at, what, job_id, pid, number = line.split()
        if job_id not in job_ids:
            continue
        key = (int(pid), int(number))
        begun = found[key].begun if key in found else int(at)
        found[key] = Run(job_id, *key, begun, int(at), what if what in ("end", "out") else "")
    return sorted(found.values(), key=lambda run: run.begun)
