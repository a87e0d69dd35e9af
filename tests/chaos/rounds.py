"""One round: farmers submit while accidents happen, the town heals, and a verdict is given."""

import time
from dataclasses import dataclass
from random import Random

from tests.chaos.accidents import ACCIDENTS
from tests.chaos.people import Farmer
from tests.chaos.verdict import Verdict, quiet

FARMERS = 2
CALM_S = 120.0


@dataclass(frozen=True)
class Outcome:
    """What one round showed. `healed_s` is how long the town took from its last accident to quiet."""

    number: int
    accidents: tuple[str, ...]
    promised: int
    unanswered: int
    refused: int
    healed_s: float
    wrong: tuple[str, ...]


def play(town, number, seed, *, count=3, accidents=()):
    """Play one round; `accidents` by name, or else some of the table as the seed has it."""
    random = Random(f"{seed}-{number}")
    chosen = accidents or tuple(random.choices(list(ACCIDENTS), k=random.randint(1, 3)))
    farmers = [Farmer(town, count, Random(f"{seed}-{number}-{each}"), seconds=60) for each in range(FARMERS)]
    for farmer in farmers:
        farmer.start()
    for name in chosen:
        time.sleep(random.uniform(0, 1.5))
        ACCIDENTS[name](town, random)
    town.everything_runs()
    healing = time.monotonic()
    for farmer in farmers:
        farmer.join(120)
    is_quiet = _wait_for_quiet(town)
    healed = time.monotonic() - healing
    promised = [each for farmer in farmers for each in farmer.promised]
    touched = [each for farmer in farmers for each in farmer.touched]
    wrong = [line for farmer in farmers for line in farmer.strange] + Verdict(town).of(promised, touched)
    if not is_quiet:
        wrong.append(f"not quiet after {CALM_S:.0f} s")
    refused = sum(farmer.refused for farmer in farmers)
    return Outcome(number, chosen, len(promised), len(touched) - len(promised), refused, healed, tuple(wrong))


def _wait_for_quiet(town):
    """Quiet twice in a row, with Redis settled, within the time; the rest is for the verdict."""
    end = time.monotonic() + CALM_S
    in_a_row = 0
    while time.monotonic() < end:
        town.keep_running()
        in_a_row = in_a_row + 1 if quiet(town) and not town.redis.ghosts() else 0
        if in_a_row == 2:
            return True
        time.sleep(0.3)
    return False
