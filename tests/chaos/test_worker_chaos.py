"""Some rounds of breaking workers, as part of the suite; `python -m tests.chaos.workers` plays hundreds."""

from random import Random

import pytest

from tests.chaos.workers.rounds import play
from tests.chaos.workers.workshop import Workshop

SEED = 569
ROUNDS = (
    ("kill a worker",),
    ("die after a claim or an end is written",),
    ("hang a worker beyond its lease",),
    ("redis restarts empty",),
    ("the ledger is locked longer than a lease",),
)
pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    workshop = Workshop(tmp_path_factory.mktemp("workshop"), lease_s=6, random=Random(SEED))
    try:
        yield workshop
    finally:
        workshop.leave()


@pytest.mark.parametrize("number", range(len(ROUNDS)), ids=[" and ".join(names) for names in ROUNDS])
def test_whatever_happens_to_a_worker_every_job_ends_once(workshop, number):
    outcome = play(workshop, number, SEED, rate=60, accidents=ROUNDS[number])

    assert outcome.wrong == ()
    assert outcome.jobs > 50


def test_a_rolling_restart_under_load_loses_and_repeats_nothing(workshop):
    outcome = play(workshop, len(ROUNDS), SEED, rate=200, accidents=("rolling restart",))

    assert outcome.wrong == ()
    assert (outcome.refused, outcome.numbers.total()) == (0, 0)
