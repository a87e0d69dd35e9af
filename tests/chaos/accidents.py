"""What happens to the town: a table of accidents, each of which may take seconds and leaves things as they are."""

import signal
import time
from functools import partial

from tests.chaos.town import HOUSES

LONGER_THAN_A_LEASE = 17.0


def _kill(house, town, random):
    town.kill(house)
    time.sleep(random.uniform(0, 2))
    town.start(house)


def _kill_a_child(house, town, random):
    town.kill_one_child_of(house, random)


def _hang(house, town, random):
    longest = LONGER_THAN_A_LEASE if random.random() < 0.1 else 4.0
    town.signal(house, signal.SIGSTOP)
    time.sleep(random.uniform(longest / 4, longest))
    town.signal(house, signal.SIGCONT)


def _terminate(house, town, random):
    town.signal(house, signal.SIGTERM)
    time.sleep(random.uniform(0, 2))
    town.start(house)


def _redis_restarts(town, random, *, with_data):
    town.redis.kill()
    if not with_data:
        town.redis.forget()
    time.sleep(random.uniform(0, 6))
    town.redis.start()


def _redis_hangs(town, random):
    town.redis.hang()
    time.sleep(random.uniform(0.2, 6))
    town.redis.start()


def _redis_is_flushed(town, random):
    del random
    town.redis.flush()


def _power_cut(town, random):
    """Everything that writes to the document store dies in the same moment."""
    for house in HOUSES:
        town.signal(house, signal.SIGKILL)
    if random.random() < 0.5:
        town.redis.kill()
        if random.random() < 0.5:
            town.redis.forget()
    time.sleep(random.uniform(0, 1))
    town.redis.start()
    for house in HOUSES:
        town.kill(house)
        town.start(house)


ACCIDENTS = {
    **{f"kill {house}": partial(_kill, house) for house in HOUSES},
    **{f"hang {house}": partial(_hang, house) for house in HOUSES},
    **{f"terminate {house}": partial(_terminate, house) for house in HOUSES},
    "kill a web child": partial(_kill_a_child, "web"),
    "redis restarts": partial(_redis_restarts, with_data=True),
    "redis restarts empty": partial(_redis_restarts, with_data=False),
    "redis hangs": _redis_hangs,
    "redis is flushed": _redis_is_flushed,
    "power cut": _power_cut,
}
