"""A deployment in memory for the doctor, with workers in threads, every part of which a test may change or take away."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from backend import jobs
from backend.adapters.documents.facts import StoreFacts
from backend.adapters.documents.queue_parts import queue_parts
from backend.adapters.memory.broker import MemoryBroker
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.redis.facts import RedisFacts
from backend.clock import SystemClock
from backend.errors import NotFound
from backend.queues.names import QUEUES
from backend.queues.platform import assemble
from backend.queues.registry import Registry, discover
from backend.queues.roster import LifeSign, WorkerSeen
from backend.queues.working import work_once
from backend.services.doctor.patient import Instruments, Patient
from backend.settings import load

REDIS = RedisFacts(
    product="Valkey",
    version="9.1.2",
    role="master",
    round_trip_ms=0.4,
    ahead_s=0.001,
    eviction="noeviction",
    memory=1_000_000,
    memory_limit=0,
    appends=True,
    trouble="",
    clients=5,
    clients_limit=10_000,
    evicted=0,
    uptime_s=7_200,
)
STORE = StoreFacts("SQLite", "3.45", round_trip_ms=0.3, turn_ms=0.2, size=5_000_000)
URL = "redis://127.0.0.1:1"


def worker(name="w-1", *, ago_s=0, **changes):
    """A worker that was heard of so many seconds ago."""
    fields = {
        "name": name,
        "host": "h",
        "pid": 7,
        "since": datetime.now(UTC),
        "last_heartbeat": datetime.now(UTC) - timedelta(seconds=ago_s),
        "queues": QUEUES,
        "jobs": (),
        "concurrency": 10,
        "completed": 5,
        "failed": 1,
        "retried": 0,
        "memory_mib": 51.5,
        "paused": False,
        "stopping": False,
        "outage": "",
        "versions": {},
    }
    return WorkerSeen(**(fields | changes))


class Nothing:
    """Use cases that know no application, appointment or letter."""

    def __getattr__(self, name):
        raise NotFound("there is nothing here")


class Deployment:
    """`seen` holds what each instrument answers: a value, or an error to raise."""

    def __init__(self, *, registry: Registry | None = None, clock=None, redis=REDIS, documents=STORE, workers=(), **variables):
        self.settings = load(**{"GACP_ENV": "test", "ENABLE_QUEUE": "true", "REDIS_URL": URL, **variables})
        self.registry = registry or discover(jobs)
        self.clock = clock or SystemClock()
        self.broker = MemoryBroker()
        self.untold, self.firing = [], []
        self.platform = assemble(
            self.settings, clock=self.clock, registry=self.registry, broker=self.broker, **queue_parts(MemoryStore(), self.clock)
        )
        self.services = SimpleNamespace(
            settings=self.settings,
            clock=self.clock,
            queues=self.platform.service,
            queue_control=self.platform.control,
            job_control=self.platform.job_control,
            queue_platform=self.platform,
            alerting=SimpleNamespace(book=SimpleNamespace(firing=lambda: self.firing)),
            certification=SimpleNamespace(untold=self._untold),
            correspondence=Nothing(),
            inspections=Nothing(),
        )
        self.platform.use(self.services)
        self.seen = {"redis": redis, "documents": documents, "workers": workers, "services": self.services, "life_signs": (), "mail": ""}

    def _untold(self, *, before):
        return self.untold

    def patient(self, *, timeout_s=30, probes=5, strange_variables=None, dev_runs=False):
        instruments = Instruments(
            settings=self.settings,
            registry=self.registry,
            services=lambda: self._look("services"),
            redis=lambda: self._look("redis"),
            documents=lambda: self._look("documents"),
            workers=lambda: self._look("workers"),
            life_signs=lambda: self._look("life_signs"),
            sign_in_to_mail=lambda: self._look("mail"),
            strange_variables=strange_variables or {},
            dev_runs=dev_runs,
        )
        return Patient(instruments, timeout_s=timeout_s, probes=probes)

    def _look(self, what):
        found = self.seen[what]
        if callable(found):
            found = found()
        if isinstance(found, BaseException):
            raise found
        return found

    @contextmanager
    def working(self, threads=2):
        """Workers and a scheduler, in threads of this process."""
        stop = threading.Event()
        started = [threading.Thread(target=self._work, args=(stop, f"w-{number}"), daemon=True) for number in range(threads)]
        for thread in started:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in started:
                thread.join(10)

    def _work(self, stop, name):
        while not stop.is_set():
            self.platform.timers.fall_due()
            self.broker.promote_due(self.clock.now())
            if work_once(self.platform, QUEUES, worker=name) is None:
                time.sleep(0.005)


def redis(**changes):
    return replace(REDIS, **changes)


def store(**changes):
    return replace(STORE, **changes)


def sign(**changes):
    return LifeSign(**({"name": "w-1", "pid": 7, "age_s": 1.0, "fresh": True} | changes))


def look(checks, name, patient):
    """What the check of that name sees."""
    return next(check for check in checks if check.name == name).look(patient)
