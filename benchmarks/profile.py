"""Where a worker's time goes, by part and by function, with a flame graph: `profile --ledger sqlite --jobs 40000`."""

import argparse
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.peers import contenders
from benchmarks.peers.ground import Broken, Ground, ground
from benchmarks.peers.install import PLACE, installed
from benchmarks.peers.measurements import CONCURRENCY

GRAPH = PLACE.parent / "worker-profile.svg"
PARTS = {
    "talking to Redis": ("redis/", "adapters/redis/", "rq/broker", "rq/turning", "rq/tickets", "rq/names"),
    "the ledger's store": ("memory/ledger", "adapters/documents/", "adapters/sqlite/", "adapters/memory/"),
    "what a job becomes (records, transitions)": ("queues/records", "queues/transitions", "queues/leases", "queues/interventions"),
    "telling (events, log lines, counters)": ("queues/middleware/", "queues/events", "queues/listening", "structlog/", "telemetry/"),
    "the turn loop": ("worker/turns", "worker/shares", "worker/rules", "worker/slots", "worker/waker", "queues/settling"),
    "bookkeeping (claims and ends)": ("worker/bookkeeper", "worker/writing", "worker/crew.py:give"),
    "running the handler": ("worker/crew", "worker/worker", "queues/runner", "queues/jobs", "queues/payloads", "worker/limits"),
    "healing and the pulse": ("worker/healing", "worker/pulse", "queues/recovery"),
}
_FRAME = re.compile(r"^(?P<function>.*) \((?P<path>.*?)(?::\d+)?\)$")


class Sample(NamedTuple):
    """How often one stack was seen; its frames from the outermost to the innermost, as `path:function`."""

    frames: tuple[str, ...]
    count: int


def read(lines: Iterable[str]) -> list[Sample]:
    """What py-spy writes as `raw`: frames with semicolons between, a blank, and how often that stack was seen."""
    samples = []
    for line in lines:
        stack, _, count = line.strip().rpartition(" ")
        matches = [_FRAME.match(frame) for frame in stack.split(";")]
        samples.append(Sample(tuple(f"{match['path']}:{match['function']}" for match in matches if match), int(count)))
    return samples


def of_work(samples: Iterable[Sample]) -> list[Sample]:
    """Those of the worker's threads: not of what was imported and submitted before."""
    begins = ("worker/worker.py:run", "threading.py:_bootstrap")
    return [sample for sample in samples if any(frame.endswith(begins) for frame in sample.frames)]


def part_of(sample: Sample) -> str:
    """The part that the innermost frame belongs to which belongs to any."""
    for frame in reversed(sample.frames):
        found = [(len(piece), name) for name, pieces in PARTS.items() for piece in pieces if piece in frame]
        if found:
            return max(found)[1]
    return "everything else"


def shares(samples: Sequence[Sample]) -> tuple[Counter[str], Counter[str]]:
    """How often each part was at work, and each function itself."""
    parts, functions = Counter[str](), Counter[str]()
    for sample in samples:
        parts[part_of(sample)] += sample.count
        functions[sample.frames[-1]] += sample.count
    return parts, functions


def record(place: Ground, who: contenders.Contender, jobs: int) -> list[Sample]:
    """Run one worker under py-spy, which looks a thousand times a second who holds the interpreter. Raises Broken."""
    raw = PLACE / "profile.txt"
    with place.bout(who) as bout:
        bout.spied(("--gil", "--rate", "1000", "--format", "raw", "--output", str(raw)), "throughput", jobs, CONCURRENCY, 0)
    return of_work(read(raw.read_text("utf-8").splitlines()))


def draw(place: Ground, who: contenders.Contender, jobs: int) -> Path:
    """The same as a flame graph."""
    with place.bout(who) as bout:
        bout.spied(("--gil", "--format", "flamegraph", "--output", str(GRAPH)), "throughput", jobs, CONCURRENCY, 0)
    return GRAPH


def show(samples: Sequence[Sample]) -> None:
    """Print both tables."""
    seen = sum(sample.count for sample in samples)
    for title, counted in zip(("By part", "By function"), shares(samples), strict=True):
        print(f"\n{title} ({seen:,} samples)")
        for name, count in counted.most_common(25):
            print(f"{count / seen:6.1%}  {name}")


def main(words: Sequence[str] = ()) -> int:
    """Print the tables and say where the graph is; 2 where the worker or the profiler broke."""
    parser = argparse.ArgumentParser(prog="benchmarks profile", description=__doc__)
    parser.add_argument("--ledger", choices=("memory", "sqlite"), default="memory", help="the queue layer alone, or the whole platform")
    parser.add_argument("--jobs", type=int, default=20_000, help="how many jobs are worked off (20,000)")
    given = parser.parse_args(words)
    who = contenders.LAYER if given.ledger == "memory" else contenders.PLATFORM
    try:
        with ground(installed()) as place:
            show(record(place, who, given.jobs))
            print(f"\nThe flame graph is in {draw(place, who, given.jobs)}")
    except (Broken, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
