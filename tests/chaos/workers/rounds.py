"""One round: jobs are submitted while accidents happen, the workers catch up, and a verdict is given."""

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from backend.queues.ports import JobFilter
from backend.queues.records import FINISHED
from tests.chaos.workers.accidents import ACCIDENTS
from tests.chaos.workers.producer import Producer
from tests.chaos.workers.shelves import look
from tests.chaos.workers.traces import runs
from tests.chaos.workers.verdict import BROKEN, EVERYTHING, Evidence, Verdict

CALM_S = 120.0
LEFT = ("waiting", "active", "delayed", "paused")


@dataclass(frozen=True)
class Outcome:
    """What one round showed. `healed_s` is how long it took from the last accident to quiet."""

    number: int
    accidents: tuple[str, ...]
    jobs: int
    refused: int
    healed_s: float
    numbers: Counter = field(default_factory=Counter)
    wrong: tuple[str, ...] = ()


def play(workshop, number, seed, *, rate=150, accidents=()):
    """Play one round; `accidents` by name, or else some of the table as the seed has it."""
    random = Random(f"{seed}-{number}")
    chosen = accidents or tuple(random.choices(list(ACCIDENTS), k=random.randint(1, 2)))
    workshop.everything_runs()
    workshop.standstill.begin()
    ended_before = len(workshop.ended)
    started = workshop.platform.outside.clock.now()
    producer = Producer(workshop.platform, Random(f"{seed}-{number}-jobs"), rate=rate)
    producer.start()
    for name in chosen:
        time.sleep(random.uniform(0.3, 1.5))
        ACCIDENTS[name].happens(workshop, producer, random)
    time.sleep(random.uniform(0, 1))
    producer.stop()
    workshop.everything_runs()
    healing = time.monotonic()
    is_quiet = _wait_for_quiet(workshop)
    healed = time.monotonic() - healing
    workshop.join_the_leaving()
    ended = workshop.ended[ended_before:]
    may = frozenset().union(*(ACCIDENTS[name].may for name in chosen))
    if workshop.standstill.longest_s > workshop.lease_s / 3:
        chosen, may = (*chosen, f"the machine stood still for {workshop.standstill.longest_s:.0f} s"), EVERYTHING
    verdict = Verdict(_evidence(workshop, producer, started, may, ended))
    wrong = [*producer.strange, *_strange_ends(workshop, ended, may), *verdict.wrong]
    if not is_quiet:
        wrong.append(f"not quiet after {CALM_S:.0f} s")
    return Outcome(number, chosen, len(producer.promised), producer.refused, healed, verdict.numbers, tuple(wrong))


def _wait_for_quiet(workshop):
    """Quiet twice in a row, with Redis settled, within the time; the rest is for the verdict."""
    end = time.monotonic() + CALM_S
    in_a_row = 0
    while time.monotonic() < end:
        workshop.keep_running()
        in_a_row = in_a_row + 1 if _quiet(workshop) else 0
        if in_a_row == 2:
            return True
        time.sleep(0.3)
    return False


def _quiet(workshop):
    counts = workshop.platform.control.stats().values()
    return sum(each[state] for each in counts for state in LEFT) == 0 and not look(workshop.redis.url).left


def _evidence(workshop, producer, started, may, ended):
    jobs = {job.id: job for job in _since(workshop, started)}
    workshop.known.update(job.state.value for job in jobs.values())
    counts = workshop.platform.control.stats().values()
    return Evidence(
        promised=list(producer.promised),
        jobs=jobs,
        runs=runs(workshop.trace, jobs),
        shelves=look(workshop.redis.url),
        submitter=os.getpid(),
        may=may,
        killed=sum(worker.asked != "terminated" for worker in ended),
        counted={state.value: sum(each[state.value] for each in counts) for state in FINISHED},
        known={state.value: workshop.known[state.value] for state in FINISHED},
    )


def _since(workshop, started):
    """The jobs that were made since then, newest first."""
    cursor = None
    while True:
        page = workshop.platform.outside.ledger.page(JobFilter(), cursor=cursor, limit=200)
        yield from (job for job in page.items if job.created_at >= started)
        cursor = page.next
        if cursor is None or page.items[-1].created_at < started:
            return


def _strange_ends(workshop, ended, may):
    """Who was told to end must end well, and nobody ends unasked."""
    for worker in ended:
        code = worker.process.returncode
        unasked = not worker.asked and not worker.fault and BROKEN not in may
        unwell = worker.asked == "terminated" and code != 0 and not worker.fault and workshop.has_started(worker)
        if unasked or unwell:
            yield f"{worker.name} ended with {code}{' though nobody asked it to' if unasked else ' when it was told to end'}"
