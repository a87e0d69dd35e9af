"""`python -m tests.chaos.workers --rounds N [--seed S]`: breaks workers again and again, and says whether a job was lost or done twice."""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from random import Random, SystemRandom

from backend.telemetry import logs
from tests.chaos.workers.accidents import ACCIDENTS
from tests.chaos.workers.rounds import play
from tests.chaos.workers.workshop import Workshop

ROUNDS_PER_WORKSHOP = 20


def main(arguments):
    """Play the rounds; 1 where something was wrong, and then the folder with all logs stays."""
    folder = Path(arguments.folder or tempfile.mkdtemp(prefix="gacp-chaos-workers-"))
    logs.configure(json=False, level="CRITICAL")  # the processes have logs of their own
    signal.signal(signal.SIGTERM, _leave)
    print(f"seed {arguments.seed}, logs in {folder}")
    print(f"{'round':>5} {'jobs':>6} {'refused':>7} {'lost':>5} {'again':>5} {'fenced':>6} {'dead':>4} {'healed':>7}  accidents")
    outcomes = []
    for first in range(arguments.first, arguments.first + arguments.rounds, ROUNDS_PER_WORKSHOP):
        numbers = range(first, min(first + ROUNDS_PER_WORKSHOP, arguments.first + arguments.rounds))
        outcomes += _played(folder / f"from-{first}", numbers, arguments)
    bad = [outcome for outcome in outcomes if outcome.wrong]
    print(f"\n{len(outcomes)} rounds, {sum(outcome.jobs for outcome in outcomes)} jobs acknowledged, {len(bad)} rounds went wrong")
    if not bad and not arguments.folder:
        shutil.rmtree(folder)
    return 1 if bad else 0


def _leave(*_):
    """End so that no process is left; a second signal must not cut that short."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def _played(folder, numbers, arguments):
    """Some rounds on a folder of their own, which goes where all was well."""
    workshop = Workshop(
        folder,
        workers=arguments.workers,
        lease_s=arguments.lease,
        concurrency=arguments.concurrency,
        random=Random(arguments.seed),
    )
    try:
        outcomes = [
            _shown(play(workshop, each, arguments.seed, rate=arguments.rate, accidents=tuple(arguments.accident))) for each in numbers
        ]
    finally:
        workshop.leave()
    if not any(outcome.wrong for outcome in outcomes):
        shutil.rmtree(folder)
    return outcomes


def _shown(outcome):
    numbers = outcome.numbers
    row = f"{outcome.number:>5} {outcome.jobs:>6} {outcome.refused:>7} {numbers['lost']:>5} {numbers['repeated']:>5} {numbers['fenced']:>6}"
    print(f"{row} {numbers['dead']:>4} {outcome.healed_s:>6.1f}s  {', '.join(outcome.accidents)}", flush=True)
    for line in outcome.wrong[:20]:
        print(f"      WRONG {line}", flush=True)
    return outcome


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.workers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the number of the first round, to repeat one of an earlier run")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--folder", default="", help="kept afterwards; where it is left out, only after a failure")
    parser.add_argument(
        "--accident", action="append", default=[], choices=list(ACCIDENTS), help="these in every round, instead of some by chance"
    )
    parser.add_argument("--rate", type=float, default=150, help="jobs submitted per second")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[10, 50], help="of which every worker has one by chance")
    parser.add_argument("--lease", type=float, default=6, help="seconds; the product has 15")
    sys.exit(main(parser.parse_args()))
