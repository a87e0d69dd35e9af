"""How the worker's figures grow with the number of jobs, with its concurrency and with the line that waits behind them."""

import sys
from collections.abc import Sequence

from benchmarks.peers import contenders
from benchmarks.peers.contenders import Contender
from benchmarks.peers.figures import Samples, table
from benchmarks.peers.ground import Broken, Ground, ground
from benchmarks.peers.install import installed
from benchmarks.peers.measurements import CONCURRENCY, Figures

RUNS = 3
JOBS = 10_000
LINES = (1_000, 10_000, 50_000)
CONCURRENCIES = (1, 10, 50, 200)


def measure(place: Ground, who: Contender, jobs: int, concurrency: int) -> Figures:
    """Jobs that do nothing, submitted before."""
    with place.bout(who) as bout:
        answer = bout.answer("throughput", jobs, concurrency, 0)
    return {"jobs/s": answer["jobs"] / answer["seconds"], "µs of CPU": answer["cpu_s"] / answer["jobs"] * 1e6}


def in_turn(place: Ground, cases: Sequence[tuple[str, int, int]]) -> Samples:
    """Each case once in turn, some times, so that what else the machine does meets all alike."""
    samples: dict[str, dict[str, list[float]]] = {}
    for _ in range(RUNS):
        for name, jobs, concurrency in cases:
            for figure, value in measure(place, contenders.LAYER, jobs, concurrency).items():
                samples.setdefault(name, {}).setdefault(figure, []).append(value)
    return samples


def main() -> int:
    """Print the tables; 2 where a worker broke."""
    lines = [(f"{jobs:,} jobs", jobs, CONCURRENCY) for jobs in LINES]
    concurrencies = [(f"concurrency {concurrency}", JOBS, concurrency) for concurrency in CONCURRENCIES]
    try:
        with ground(installed()) as place:
            for title, cases in (("By what waits", lines), (f"By concurrency ({JOBS:,} jobs)", concurrencies)):
                print(f"\n{title}: queue layer, no-op jobs, medians of {RUNS} runs", *table(in_turn(place, cases)), sep="\n", flush=True)
    except Broken as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
