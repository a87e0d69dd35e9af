"""How submissions and statistics cope with a long line, and what a waiting job costs Redis: `python -m benchmarks.backlog 1000000`."""

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis

from backend.adapters.embedded.valkey import serving
from backend.queues.platform import QueuePlatform
from backend.queues.service import Submission
from benchmarks.submit_core import do_nothing, platform_at
from benchmarks.table import Row, measure, show

BACKLOGS = (10, 1_000, 100_000, 1_000_000)
PRIORITIES = {"without priorities": (0,), "over eight priorities": tuple(range(8))}
CHUNK = 1_000
FLAT = 2.0
"""So many times as long as behind the shortest line anything may take behind the longest."""
BYTES = 600
TRIES = 100
ROUNDS = 5


def fill(platform: QueuePlatform, count: int, priorities: tuple[int, ...]) -> None:
    """So many more waiting jobs, accepted by the chunk."""
    turn = itertools.cycle(priorities)
    for first in range(0, count, CHUNK):
        chunk = [Submission(do_nothing, {}, options={"priority": next(turn)}) for _ in range(min(CHUNK, count - first))]
        platform.service.submit_many(chunk)


def behind(platform: QueuePlatform, waiting: int, priorities: tuple[int, ...]) -> dict[str, Row]:
    """What everything takes now; submissions take every priority of the line in turn."""
    turn = itertools.cycle(priorities)
    submit, broker = platform.service.submit, platform.outside.broker

    def take_and_settle() -> None:
        delivery = broker.take([do_nothing.queue], 0)
        assert delivery is not None
        broker.put_back(delivery)

    calls = {
        "submit": lambda: submit(do_nothing, {}, priority=next(turn)),
        "submit first": lambda: submit(do_nothing, {}, priority=1),
        "take, put back": take_and_settle,
        "stats": platform.control.stats,
    }
    return {name: quietest(f"{name}, {waiting:,} waiting", call) for name, call in calls.items()}


def quietest(name: str, call: Callable[[], object]) -> Row:
    """The fastest of some rounds: what else the machine does lengthens a round, what the line does lengthens all of them."""
    return min((measure(name, call, times=TRIES) for _ in range(ROUNDS)), key=lambda row: row.median)


def at_every_length(title: str, backlogs: tuple[int, ...], priorities: tuple[int, ...]) -> bool:
    """Lengthen one line step by step; whether everything stayed flat and small."""
    measured: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "valkey") as url, Redis.from_url(url) as redis:
        platform = platform_at(url, Path(name))
        for before, waiting in zip((0, *backlogs), backlogs, strict=False):
            used, began = _bytes(redis), time.perf_counter()
            fill(platform, waiting - before, priorities)
            each, seconds = (_bytes(redis) - used) / (waiting - before), time.perf_counter() - began
            for what, row in behind(platform, waiting, priorities).items():
                measured.setdefault(what, []).append(row)
    kept = show(f"A line of jobs {title}", [_held(row, rows[0]) for rows in measured.values() for row in rows])
    for what, (first, *_, last) in measured.items():
        print(f"  {what}: {last.median / first.median:.2f} times as long behind {backlogs[-1]:,} as behind {backlogs[0]:,}")
    print(f"  {each:.0f} bytes of Redis per waiting job (at most {BYTES}); the last fill took {seconds:.0f} s")
    return kept and each <= BYTES


def _bytes(redis: Redis) -> int:
    return redis.info("memory")["used_memory"]


def _held(row: Row, first: Row) -> Row:
    return row if row is first else row._replace(limit=FLAT * statistics.median(first.seconds), by="median")


def main(longest: int = 100_000) -> int:
    """Print the tables; 1 where a limit was not kept."""
    backlogs = tuple(waiting for waiting in BACKLOGS if waiting <= longest)
    kept = [at_every_length(title, backlogs, priorities) for title, priorities in PRIORITIES.items()]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
