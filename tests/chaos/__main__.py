"""`python -m tests.chaos --rounds N [--seed S]`: breaks a deployment again and again, and says whether anything was lost or done twice."""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from random import SystemRandom

from backend.telemetry import logs
from tests.chaos.rounds import play
from tests.chaos.town import Town


def main(arguments):
    """Play the rounds; 1 where something was wrong, and then the folder with all logs stays."""
    folder = Path(arguments.folder or tempfile.mkdtemp(prefix="gacp-chaos-"))
    logs.configure(json=False, level="ERROR")  # the processes have logs of their own
    print(f"seed {arguments.seed}, logs in {folder}")
    print(f"{'round':>5} {'promised':>8} {'unanswered':>10} {'refused':>7} {'healed':>7}  accidents")
    town = Town(folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing outlives it
    try:
        town.everything_runs()
        first = arguments.first
        outcomes = [_played(town, number, arguments) for number in range(first, first + arguments.rounds)]
    finally:
        town.leave()
    bad = [outcome for outcome in outcomes if outcome.wrong]
    print(f"\n{len(outcomes)} rounds, {sum(outcome.promised for outcome in outcomes)} applications promised, {len(bad)} rounds went wrong")
    if not bad and not arguments.folder:
        shutil.rmtree(folder)
    return 1 if bad else 0


def _played(town, number, arguments):
    outcome = play(town, number, arguments.seed, accidents=tuple(arguments.accident))
    row = f"{outcome.number:>5} {outcome.promised:>8} {outcome.unanswered:>10} {outcome.refused:>7} {outcome.healed_s:>6.1f}s"
    print(f"{row}  {', '.join(outcome.accidents)}", flush=True)
    for line in outcome.wrong:
        print(f"      WRONG {line}", flush=True)
    return outcome


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1, help="the number of the first round, to repeat one of an earlier run")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6))
    parser.add_argument("--folder", default="", help="kept afterwards; where it is left out, only after a failure")
    parser.add_argument("--accident", action="append", default=[], help="these in every round, instead of some by chance")
    sys.exit(main(parser.parse_args()))
