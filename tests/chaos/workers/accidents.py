"""What happens to the workers: a table of accidents, each of which takes some seconds and may leave things as they are."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from backend.adapters.rq.worker.overseer import DONE, REPLACE, WRONG_USE
from tests.chaos.workers import job_types as types
from tests.chaos.workers.faults import FAULTS
from tests.chaos.workers.verdict import BROKEN, FENCED, LOST, REPEATED
from tests.chaos.workers.workshop import Worker


@dataclass(frozen=True)
class Accident:
    """`happens(workshop, producer, random)`; `may` is what it excuses in the verdict."""

    happens: Callable[..., None]
    may: frozenset = frozenset()


def _kill(workshop, producer, random):
    time.sleep(random.uniform(0, 1.5))
    workshop.victim().kill()
    time.sleep(random.uniform(0, 1))
    workshop.keep_running()


def _kill_all(workshop, producer, random):
    """Every worker dies in the same moment, and the scheduler with them."""
    time.sleep(random.uniform(0, 1))
    for worker in workshop.workers:
        worker.kill()
    workshop.kill_scheduler()
    workshop.keep_running()


def _die_at(fault, workshop, producer, random):
    """One worker gives way to one that will not live long."""
    doomed = _replaced(workshop, random, fault, "die")
    _wait(8, lambda: not doomed.runs)
    workshop.keep_running()


def _sleep_at(fault, workshop, producer, random):
    """One worker gives way to one that falls asleep, and wakes up when others have its jobs."""
    sleeper = _replaced(workshop, random, fault, "sleep")
    if not _wait(8, lambda: sleeper.sleeps):
        sleeper.kill()  # or it would fall asleep when nobody looks after it, perhaps with the store in its hands
    time.sleep(workshop.lease_s * random.uniform(1.1, 1.6))
    sleeper.go_on()


def _replaced(workshop, random, fault, blow):
    another = workshop.start_worker(fault=fault, at=random.randint(1, 60), blow=blow)
    workshop.wait_until_ready(another)
    workshop.victim(but=another).terminate()
    return another


def _wait(seconds, condition):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def _hang(workshop, producer, random, *, leases):
    worker = workshop.victim()
    worker.hang()
    time.sleep(workshop.lease_s * random.uniform(*leases))
    worker.go_on()


def _roll(workshop, producer, random):
    """Each worker gives way to a new one, which runs before the old one is told to end; and again."""
    for _ in range(random.randint(2, 4)):
        old = workshop.victim()
        workshop.wait_until_ready(workshop.start_worker())
        old.terminate()
        time.sleep(random.uniform(0, 0.5))
    workshop.join_the_leaving()


def _overseen(workshop, producer, random, *, happens):
    """Two workers with a parent, that is told to renew them, or has to replace one, and then to end."""
    parent = workshop.start_worker(processes=2)
    workshop.wait_until_ready(parent)
    time.sleep(random.uniform(0, 1))
    happens(parent, random)
    time.sleep(random.uniform(0, 6))
    parent.terminate()
    workshop.join_the_leaving()


def _end_as_if_meant(workshop, producer, random):
    """Workers with a parent, and no others: jobs end some with the codes that mean something to it, and it has to stay."""
    parent = workshop.start_worker(processes=2)
    workshop.wait_until_ready(parent)
    for worker in workshop.workers:
        if worker is not parent:
            worker.terminate()
    workshop.join_the_leaving()
    for code in random.sample((DONE, WRONG_USE, REPLACE), random.randint(1, 2)):
        producer.submit(types.murder, code)
        time.sleep(random.uniform(0, 3))
    time.sleep(random.uniform(1, 4))
    if parent.runs:
        parent.fault = "a job may end a process that is told to end"
        parent.terminate()
    workshop.keep_running()
    workshop.join_the_leaving()


def _restart(workshop, producer, random):
    """All workers are told to end at once, and new ones start when they have."""
    for worker in workshop.workers:
        worker.terminate()
    workshop.join_the_leaving()
    workshop.keep_running()


def _hurry(workshop, producer, random):
    """A worker is told to end and has no time for what it runs."""
    hasty = workshop.start_worker(deadline_s=random.uniform(0, 0.8))
    workshop.wait_until_ready(hasty)
    for _ in range(12):
        producer.submit(types.nap, 2_000)
    time.sleep(random.uniform(0.1, 0.5))
    hasty.terminate()
    workshop.join_the_leaving()


def _submit(job_type, workshop, producer, random, *, size=0, count=1):
    for _ in range(count):
        producer.submit(job_type, size)
        time.sleep(random.uniform(0, 1))


def _hold(workshop, producer, random):
    producer.submit(types.hold, int(workshop.lease_s * 1_000 * random.uniform(0.2, 1.6)))


def _redis_restarts(workshop, producer, random, *, with_data):
    workshop.redis.kill()
    if not with_data:
        workshop.redis.forget()
    time.sleep(random.uniform(0, 3))
    workshop.redis.start()


def _redis_hangs(workshop, producer, random):
    workshop.redis.hang()
    time.sleep(random.uniform(0.2, 6))
    workshop.redis.start()


def _redis_is_flushed(workshop, producer, random):
    workshop.redis.flush()


def _redis_forgets_its_scripts(workshop, producer, random):
    workshop.redis.forget_scripts()


def _rq_tidies_up(workshop, producer, random):
    """All workers are gone for long; then somebody calls `rq info`, which takes their jobs for failed ones; then they are back."""
    for worker in workshop.workers:
        worker.kill()
    workshop.redis.tidied_by_rq(later_s=3_600)
    workshop.keep_running()


def _ledger_is_locked(workshop, producer, random, *, leases):
    """Somebody else holds the store for writing, as a backup may, while some jobs run that end before, in or after it."""
    locked_s = workshop.lease_s * random.uniform(*leases)
    for _ in range(6):
        producer.submit(types.nap, int(1_000 * random.uniform(0, locked_s + 2)))
    time.sleep(random.uniform(0, 0.5))
    with closing(sqlite3.connect(workshop.folder / "documents.db", isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(locked_s)
        connection.execute("ROLLBACK")


def _power_cut(workshop, producer, random):
    workshop.redis.kill()
    _kill_all(workshop, producer, random)
    if random.random() < 0.5:
        workshop.redis.forget()
    workshop.redis.start()


_DEADLY = frozenset({LOST})
_FENCED = frozenset({LOST, FENCED, BROKEN})  # who was away for too long may end by itself
ACCIDENTS = {
    "kill a worker": Accident(_kill, _DEADLY),
    "kill all workers": Accident(_kill_all, _DEADLY),
    **{f"die {fault}": Accident(partial(_die_at, fault), _DEADLY) for fault in FAULTS},
    **{f"sleep {fault}": Accident(partial(_sleep_at, fault), _FENCED) for fault in FAULTS},
    "a job kills its worker": Accident(partial(_submit, types.murder, size=types.BY_THE_KERNEL), frozenset({LOST, BROKEN})),
    "a job ends its process": Accident(partial(_submit, types.murder, size=3), frozenset({LOST, BROKEN})),
    "a job does not yield": Accident(partial(_submit, types.deaf), frozenset({REPEATED, BROKEN})),
    "a job holds the interpreter": Accident(_hold, _FENCED),
    "jobs leak": Accident(partial(_submit, types.leak, count=8), frozenset({BROKEN})),
    "hang a worker": Accident(partial(_hang, leases=(0.1, 0.5))),
    "hang a worker beyond its lease": Accident(partial(_hang, leases=(1.2, 2.5)), _FENCED),
    "rolling restart": Accident(_roll),
    "an overseer renews its workers": Accident(partial(_overseen, happens=lambda parent, _random: parent.renew())),
    "an overseer loses a worker": Accident(partial(_overseen, happens=Worker.kill_one_of_its_own), _DEADLY),
    "a job ends its process as if that were meant": Accident(_end_as_if_meant, _DEADLY),
    "restart all workers": Accident(_restart),
    "a worker is told to end in a hurry": Accident(_hurry, frozenset({REPEATED})),
    "redis restarts": Accident(partial(_redis_restarts, with_data=True)),
    "redis restarts empty": Accident(partial(_redis_restarts, with_data=False)),
    "redis hangs": Accident(_redis_hangs),
    "redis is flushed": Accident(_redis_is_flushed),
    "redis forgets its scripts": Accident(_redis_forgets_its_scripts),
    "rq info after a long outage": Accident(_rq_tidies_up, _DEADLY),
    "the ledger is locked": Accident(partial(_ledger_is_locked, leases=(0.1, 0.5))),
    "the ledger is locked longer than a lease": Accident(partial(_ledger_is_locked, leases=(1.2, 2.5))),
    "power cut": Accident(_power_cut, _DEADLY),
}
