"""The processes of the rounds on one folder: workers, a scheduler and a Valkey, each of which may be ended at any moment."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil

from backend.adapters.rq.worker import overseer as overseeing
from tests.chaos.redis_house import RedisHouse
from tests.chaos.workers.process import DEADLINE_MS, TRACE, platform_at
from tests.chaos.workers.standstill import StandstillWatch
from tests.support.stack import ROOT

MOST_MIB = 160


@dataclass
class Worker:
    """One process and what was done to it: `asked` is empty, `terminated`, or `killed`."""

    name: str
    process: subprocess.Popen
    fault: str = ""
    asked: str = ""

    @property
    def runs(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.runs:
            os.kill(self.process.pid, number)

    @property
    def sleeps(self):
        """Whether it was stopped, by others or by itself."""
        return self.runs and Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def hang(self):
        self.signal(signal.SIGSTOP)

    def go_on(self):
        self.signal(signal.SIGCONT)

    def renew(self):
        """Where it is the parent of workers, it replaces them one after the other."""
        self.signal(signal.SIGHUP)

    def kill_one_of_its_own(self, random):
        """One worker of several that have a parent."""
        if self.runs and (children := psutil.Process(self.process.pid).children()):
            random.choice(children).kill()
            self.fault = "it may say that one did not end well"

    def terminate(self):
        self.asked = self.asked or "terminated"
        self.signal(signal.SIGTERM)

    def kill(self):
        self.asked = "killed"
        self.signal(signal.SIGKILL)
        self.process.wait()


class Workshop:
    """`platform` belongs to the process that submits and judges; it runs a job only where Redis is away.

    `ended` are the workers that are gone, `known` counts the jobs of the rounds before by their state.
    """

    def __init__(self, folder, *, workers=2, lease_s=5.0, concurrency=(10,), deadline_ms=DEADLINE_MS, random):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.redis = RedisHouse(folder / "valkey")
        self.lease_s = lease_s
        self.platform = platform_at(self.redis.url, folder, lease_s=lease_s, mortal=False, deadline_ms=deadline_ms)
        self.trace = folder / TRACE
        self.standstill = StandstillWatch()
        self.ended = []
        self.known = Counter()
        self._wanted = workers
        self._concurrency = concurrency
        self._random = random
        self._numbers = itertools.count(1)
        self._workers = []
        self._scheduler = None

    @property
    def workers(self):
        """Those that run and were not told to end."""
        return [each for each in self._workers if each.runs and not each.asked]

    def victim(self, *, but=None):
        """One of the workers, for an accident."""
        self.keep_running()
        return self._random.choice([each for each in self.workers if each is not but])

    def start_worker(self, *, fault="", at=1, blow="die", deadline_s=25.0, processes=0):
        """One more worker, or so many with a parent that keeps them running; returns at once."""
        name = f"worker-{next(self._numbers)}"
        concurrency = self._random.choice(self._concurrency)
        options = {"concurrency": concurrency, "fault": fault, "at": at, "blow": blow, "deadline": deadline_s, **self._lifetime()}
        given = [part for option, value in options.items() for part in (f"--{option}", value)]
        overseer = [sys.executable, "-I", "-S", overseeing.__file__, str(processes)] if processes else []
        worker = Worker(name, self._start(name, "worker", *given, below=overseer), fault)
        self._workers.append(worker)
        return worker

    def _lifetime(self):
        """Every other worker is replaced after some jobs, and all where they have grown large."""
        return {"max-jobs": self._random.choice((0, self._random.randint(50, 400))), "max-memory": MOST_MIB}

    def wait_until_ready(self, worker, seconds=30):
        """Until it says that it takes jobs, or has ended."""
        end = time.monotonic() + seconds
        while worker.runs and not self.has_started(worker):
            assert time.monotonic() < end, f"{worker.name} does not start: see its log in {self.folder}"
            time.sleep(0.02)

    def has_started(self, worker):
        """Whether it has said that it takes jobs."""
        return "Worker started" in (self.folder / f"{worker.name}.log").read_text(errors="replace")

    def keep_running(self):
        """What a supervisor does: as many workers as there should be, and a scheduler."""
        self._note_the_ended()
        for _ in range(self._wanted - len(self.workers)):
            self.start_worker()
        if self._scheduler is None or self._scheduler.poll() is not None:
            self._scheduler = self._start("scheduler", "scheduler")

    def everything_runs(self):
        """Let go on what was stopped and start what is gone; returns when the workers take jobs."""
        self.redis.start()
        for worker in self._workers:
            worker.go_on()
        self.keep_running()
        for worker in self.workers:
            self.wait_until_ready(worker)

    def kill_scheduler(self):
        if self._scheduler is not None:
            self._scheduler.kill()
            self._scheduler.wait()

    def join_the_leaving(self, seconds=40):
        """Wait for those that were told to end."""
        end = time.monotonic() + seconds
        for worker in self._workers:
            if worker.asked:
                self._wait_for(worker, max(0.1, end - time.monotonic()))
        self._note_the_ended()

    def _wait_for(self, worker, seconds):
        try:
            worker.process.wait(seconds)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.asked = "terminated"  # and it ends with -9 instead of 0, which is told

    def leave(self):
        """End everything at once."""
        for worker in self._workers:
            worker.kill()
        self.kill_scheduler()
        self.redis.kill()

    def _note_the_ended(self):
        self.ended += [worker for worker in self._workers if not worker.runs]
        self._workers = [worker for worker in self._workers if worker.runs]

    def _start(self, name, kind, *more, below=()):
        kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG"}}
        command = [
            *below,
            sys.executable,
            "-m",
            "tests.chaos.workers.process",
            kind,
            self.redis.url,
            str(self.folder),
            "--lease",
            str(self.lease_s),
        ]
        with (self.folder / f"{name}.log").open("a") as log:
            return subprocess.Popen([*command, *map(str, more)], cwd=ROOT, env=kept, stdout=log, stderr=log, start_new_session=True)
