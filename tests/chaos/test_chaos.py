"""Three rounds of breaking everything, as part of the suite; `python -m tests.chaos` plays hundreds."""

import pytest

from tests.chaos.rounds import play
from tests.chaos.town import Town

SEED = 569
ROUNDS = (("kill worker", "redis restarts empty"), ("redis hangs", "kill a web child"), ("power cut",))
pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    town = Town(tmp_path_factory.mktemp("town"))
    try:
        town.everything_runs()
        yield town
    finally:
        town.leave()


@pytest.mark.parametrize("number", range(len(ROUNDS)), ids=[" and ".join(names) for names in ROUNDS])
def test_nothing_that_was_accepted_is_lost_or_done_twice(town, number):
    outcome = play(town, number, SEED, count=2, accidents=ROUNDS[number])

    assert outcome.wrong == ()
    assert outcome.promised == 4
