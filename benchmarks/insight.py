"""How quickly insight, windows and a scrape answer beside finished jobs by the million: `python -m benchmarks.insight 1000000`."""

import random
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from backend import jobs as job_types
from backend.adapters.documents.queue_parts import COLLECTIONS, queue_parts
from backend.adapters.documents.store import DocumentStore
from backend.certification.policy import Policy
from backend.clock import FrozenClock
from backend.queues.insight import GACP
from backend.queues.middleware import CountJobs
from backend.queues.names import AI_QC
from backend.queues.no_broker import NoBroker
from backend.queues.platform import QueuePlatform, assemble
from backend.queues.records import Job, JobState
from backend.queues.registry import discover
from backend.services.insight import PERIODS
from backend.services.observing import Observed, observe
from backend.settings import load
from benchmarks.search_ground import LAST, filled, jobs
from benchmarks.table import Row, measure, show

LIMIT_S = 0.2
QUICK_S = 0.05
AT_ONCE = 20_000
TIMES = 100


def platform_on(store: DocumentStore) -> QueuePlatform:
    """A platform at the end of the three weeks, with the job types of the product."""
    store.ensure(*COLLECTIONS)
    settings, clock = load(GACP_ENV="test", ENABLE_QUEUE="false"), FrozenClock(LAST)
    return assemble(settings, clock=clock, registry=discover(job_types), broker=NoBroker(), **queue_parts(store, clock))


def count(platform: QueuePlatform, number: int) -> None:
    """Count every job as it was counted when it ended; the checks have herbs."""
    counting, recorder = CountJobs(platform.numbers.recorder, platform.registry), platform.numbers.recorder
    codes = [herb.code for herb in Policy.in_force(LAST.date()).herbs.herbs]
    chance = random.Random(3)
    for place, job in enumerate(jobs(number)):
        counting.submitted(job)
        if job.finished_at is not None:
            counting.ended(_ended(job, chance.choices(codes, range(1, len(codes) + 1), k=2)))
        if place % AT_ONCE == AT_ONCE - 1:
            recorder.flush()
            print(".", end="", flush=True)
    recorder.flush()
    platform.numbers.forget_old()


def _ended(job: Job, grown: list[str]) -> Job:
    attempt = replace(job.attempts[0], ended_at=job.finished_at)
    result = {"herbs": sorted(set(grown))} if job.queue == AI_QC and job.state is JobState.COMPLETED else None
    return replace(job, updated_at=job.finished_at, attempts=(attempt,), result=result)


def rows(platform: QueuePlatform, seen: Observed) -> list[Row]:
    """Everything that answers a person or a machine out of the numbers."""
    insight, numbers = seen.insight, platform.numbers
    calls = {f"metrics, {period}": lambda period=period: insight.metrics(GACP, period) for period in PERIODS}
    calls |= {f"errors, {period}": lambda period=period: insight.errors(GACP, period) for period in ("24h", "30d")}
    calls |= {"10 top users": lambda: insight.top_users(GACP, 10), "20 herbs": lambda: insight.popular_things(GACP, 20)}
    quick = {
        "window of 1 hour": lambda: numbers.window(AI_QC, timedelta(hours=1)),
        "window of 24 hours": lambda: numbers.window(AI_QC, timedelta(hours=24)),
        "scrape": lambda: seen.metrics.samples().page(),
    }
    timed = [measure(name, call, times=TIMES, limit=LIMIT_S) for name, call in calls.items()]
    return timed + [measure(name, call, times=TIMES, limit=QUICK_S) for name, call in quick.items()]


def main(number: int = 100_000) -> int:
    """Print the table; 1 where a limit was not kept."""
    with tempfile.TemporaryDirectory() as name:
        store = filled(Path(name), number)
        platform = platform_on(store)
        began = time.perf_counter()
        count(platform, number)
        print(f"\n{number:,} jobs were counted in {time.perf_counter() - began:.0f} s")
        seen = observe(load(GACP_ENV="test"), platform, FrozenClock(LAST), outbox=lambda: (0, None), roster=None)
        kept = show(f"Insight beside {number:,} jobs", rows(platform, seen))
        store.close()
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
