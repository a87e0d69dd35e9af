"""Names that nobody else has, also where two processes had one supply."""

import os

from backend import chance


def test_digits_are_hexadecimal_and_never_the_same_also_across_supplies():
    made = [chance.digits() for _ in range(3_000)]
    assert len(set(made)) == len(made)
    assert all(len(each) == chance.DIGITS and int(each, 16) >= 0 for each in made)


def test_a_child_does_not_use_up_the_supply_of_its_parent():
    chance.digits()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, chance.digits().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, chance.DIGITS).decode() != chance.digits()
