"""The worker beside Bull, BullMQ, Celery, Dramatiq, Huey and stock RQ: `worker --runs 5 --jobs 10000 --only "no-op,memory"`."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.peers import contenders as who
from benchmarks.peers import measurements
from benchmarks.peers.contenders import Contender
from benchmarks.peers.figures import Goal, Samples, judged, table
from benchmarks.peers.ground import Broken, Ground, ground
from benchmarks.peers.install import installed
from benchmarks.peers.measurements import Figures

JOBS = 10_000
OTHERS = (who.BULL, who.BULLMQ, who.RQ, who.CELERY, who.DRAMATIQ, who.HUEY)


@dataclass(frozen=True)
class Part:
    """One table: what is measured, of whom, with how many jobs of 10,000, and what is promised."""

    title: str
    measure: Callable[[Ground, Contender, int], Figures]
    contenders: Sequence[Contender]
    goals: Sequence[Goal]
    jobs: int = JOBS
    fixed: bool = False  # `--jobs` changes nothing

    def count(self, jobs: int) -> int:
        return self.jobs if self.fixed else max(20, self.jobs * jobs // JOBS)


LAYER, PLATFORM = who.LAYER.name, who.PLATFORM.name
PARTS = {
    "no-op": Part(
        "No-op jobs already submitted, one process, concurrency 50",
        measurements.throughput,
        (who.LAYER, *OTHERS),
        [Goal(LAYER, "jobs/s", "at least", who.BULL.name, 2)],
    ),
    "platform": Part(
        "The same through the whole platform, with its durable ledger on SQLite",
        measurements.throughput,
        (who.PLATFORM, who.CELERY, who.RQ),
        [Goal(PLATFORM, "jobs/s", "at least", who.CELERY.name, 2), Goal(PLATFORM, "jobs/s", "at least", who.RQ.name, 4)],
    ),
    "submit": Part(
        "One submit call after the other",
        measurements.submissions,
        (who.LAYER, who.PLATFORM, *OTHERS),
        [Goal(LAYER, "calls/s", "at least", who.BULL.name, 2)],
        jobs=2_000,
    ),
    "pauses": Part(
        "400 jobs of 250 ms, concurrency 50 (2 s is ideal)",
        measurements.pauses,
        (who.LAYER, who.PLATFORM, who.BULL, who.BULLMQ, who.CELERY, who.DRAMATIQ, who.HUEY),
        [Goal(LAYER, "seconds", "at most", limit=2.1), Goal(PLATFORM, "seconds", "at most", limit=2.1)],
        jobs=400,
        fixed=True,
    ),
    "pickup": Part(
        "From the submission to the first line of the job, 200 jobs 50 ms apart, worker idle",
        measurements.pickup,
        (who.LAYER, who.PLATFORM, *OTHERS),
        [Goal(LAYER, figure, "at most", who.HUEY.name) for figure in ("p50 ms", "p99 ms")],
        jobs=200,
        fixed=True,
    ),
    "memory": Part(
        "Memory of an idle worker with all its processes, concurrency 50 (stock RQ: 1)",
        measurements.memory,
        (who.PRODUCT, who.ONE_PROCESS, who.PLATFORM, *OTHERS, who.DRAMATIQ_ALONE),
        [
            Goal(ours.name, figure, "at most", theirs.name)
            for ours, theirs in ((who.PRODUCT, who.DRAMATIQ), (who.ONE_PROCESS, who.DRAMATIQ_ALONE))
            for figure in ("RSS MiB", "PSS MiB")
        ],
        fixed=True,
    ),
    "trips": Part(
        "What Redis does per job, from the submission to the end, while many wait",
        measurements.trips,
        (who.LAYER, who.PLATFORM, *OTHERS),
        [Goal(LAYER, "reads", "at most", limit=2), Goal(PLATFORM, "reads", "at most", limit=2)],
        jobs=1_000,
    ),
    "spaced-trips": Part(
        "The same, one job every 20 ms (nothing is promised)", measurements.spaced_trips, (who.LAYER, *OTHERS), [], jobs=100, fixed=True
    ),
}


def interleaved(place: Ground, part: Part, jobs: int, runs: int, wanted: Sequence[str] = ("",)) -> Samples:
    """Each contender once in turn, so often; before that each once with a tenth of the jobs, which does not count."""
    samples: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    taking_part = [each for each in part.contenders if any(word.lower() in each.name.lower() for word in wanted)]
    for run in range(-1, runs):
        for contender in taking_part:
            count = part.count(jobs) if run >= 0 else max(20, part.count(jobs) // 10)
            for figure, value in part.measure(place, contender, count).items():
                if run >= 0:
                    samples[contender.name][figure].append(value)
    return samples


def show(part: Part, samples: Samples, jobs: int, runs: int) -> bool:
    """Print the table; whether every promise was kept."""
    print(f"\n{part.title}\n{part.count(jobs):,} jobs, medians of {runs} interleaved runs", *table(samples), sep="\n")
    verdicts = judged(part.goals, samples)
    print(*(line for line, _ in verdicts), sep="\n", flush=True)
    return all(kept for _, kept in verdicts)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """The options; ends the program where they are wrong."""
    parser = argparse.ArgumentParser(prog="benchmarks worker", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--jobs", type=int, default=JOBS, help=f"how many jobs the first table has ({JOBS:,}); others follow")
    parser.add_argument("--only", default=",".join(PARTS), help=f"which tables, with commas between: {', '.join(PARTS)}")
    parser.add_argument("--who", default="", help="only these contenders, by a part of their names: layer,bull,celery")
    given = parser.parse_args(words)
    if unknown := set(given.only.split(",")) - set(PARTS):
        parser.error(f"--only: there is no table {', '.join(sorted(unknown))}")
    return given


def main(words: Sequence[str] = ()) -> int:
    """Print the tables; 1 where a promise was not kept, 2 where a contender broke."""
    given = arguments(words)
    kept = True
    try:
        with ground(installed()) as place:
            for name in given.only.split(","):
                part = PARTS[name]
                samples = interleaved(place, part, given.jobs, given.runs, given.who.split(","))
                kept = show(part, samples, given.jobs, given.runs) and kept
    except Broken as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
