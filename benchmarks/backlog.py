"""How submissions and statistics cope with a long line, and what a waiting job costs Redis: `python -m benchmarks.backlog 1000000`."""

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from backend.adapters.embedded.valkey import serving
from backend.queues.platform import QueuePlatform
from backend.queues.service import Submission
from benchmarks.submit_core import do_nothing, platform_at
from benchmarks.table import Row, show, timed

SHORT = 10
BACKLOGS = (1_000, 100_000, 1_000_000)
PRIORITIES = {"without priorities": (0,), "over eight priorities": tuple(range(8))}
CHUNK = 1_000
FLAT = 2.0
"""So many times as long as behind the short line anything may take behind a long one."""
BYTES = 600
TRIES = 300
WARM_UP = 20


def fill(platform: QueuePlatform, count: int, priorities: tuple[int, ...]) -> None:
    """So many more waiting jobs, accepted by the chunk."""
    turn = itertools.cycle(priorities)
    for first in range(0, count, CHUNK):
        chunk = [Submission(do_nothing, {}, options={"priority": next(turn)}) for _ in range(min(CHUNK, count - first))]
        platform.service.submit_many(chunk)


def calls(platform: QueuePlatform, priorities: tuple[int, ...]) -> dict[str, Callable[[], object]]:
    """What is measured; submissions take every priority of the line in turn."""
    turn = itertools.cycle(priorities)
    submit, broker = platform.service.submit, platform.outside.broker

    def take_and_put_back() -> None:
        delivery = broker.take([do_nothing.queue], 0)
        assert delivery is not None
        broker.put_back(delivery)

    return {
        "submit": lambda: submit(do_nothing, {}, priority=next(turn)),
        "submit first": lambda: submit(do_nothing, {}, priority=1),
        "take, put back": take_and_put_back,
        "stats": platform.control.stats,
    }


def in_turn(short: Callable[[], object], long: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Seconds of both, call by call: what else the machine does meanwhile lengthens both alike."""
    for _ in range(WARM_UP):
        short()
        long()
    pairs = [(timed(short), timed(long)) for _ in range(TRIES)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def compare(short: QueuePlatform, long: QueuePlatform, waiting: int, priorities: tuple[int, ...]) -> list[Row]:
    """Everything behind the short line, and beside it behind the long one."""
    rows = []
    lengthened = calls(long, priorities)
    for name, call in calls(short, priorities).items():
        few, many = in_turn(call, lengthened[name])
        base = Row(f"{name}, {SHORT:,} waiting", few)
        rows += [base, Row(f"{name}, {waiting:,} waiting", many, FLAT * base.median, by="median")]
    return rows


def at_every_length(title: str, backlogs: tuple[int, ...], priorities: tuple[int, ...]) -> bool:
    """Lengthen one line step by step; whether everything stayed flat and small."""
    kept, length = True, SHORT
    with at_its_own_servers() as (short, _), at_its_own_servers() as (long, redis):
        for platform in (short, long):
            fill(platform, SHORT, priorities)
        for waiting in backlogs:
            used, began = _bytes(redis), time.perf_counter()
            fill(long, waiting - length, priorities)
            each, seconds = (_bytes(redis) - used) / (waiting - length), time.perf_counter() - began
            kept = show(f"A line of {waiting:,} jobs {title}", compare(short, long, waiting, priorities)) and kept
            print(f"{each:.0f} bytes of Redis per waiting job (at most {BYTES}); filled in {seconds:.0f} s")
            length = waiting
    return kept and each <= BYTES


@contextmanager
def at_its_own_servers() -> Iterator[tuple[QueuePlatform, Redis]]:
    """A platform on servers of its own, and its Redis."""
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "valkey") as url, Redis.from_url(url) as redis:
        yield platform_at(url, Path(name)), redis


def _bytes(redis: Redis) -> int:
    return redis.info("memory")["used_memory"]


def main(longest: int = 100_000) -> int:
    """Print the tables; 1 where a limit was not kept."""
    backlogs = tuple(waiting for waiting in BACKLOGS if waiting <= longest)
    kept = [at_every_length(title, backlogs, priorities) for title, priorities in PRIORITIES.items()]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
