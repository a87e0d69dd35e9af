"""What must not cross a fork is made again behind it."""

import os
import subprocess
import sys

from backend.adapters.google.per_process import PerProcess

CHILD = """
import os
from backend.adapters.google.per_process import PerProcess
made = PerProcess(os.getpid)
parent = made.get()
assert made.get() == parent
child = os.fork()
if not child:
    os._exit(0 if made.get() == os.getpid() != parent else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_thing_is_made_once_and_only_when_it_is_asked_for() -> None:
    made: list[int] = []
    thing = PerProcess(lambda: made.append(os.getpid()) or len(made))

    assert made == []
    assert (thing.get(), thing.get()) == (1, 1)


def test_a_child_process_makes_its_own() -> None:
    subprocess.run([sys.executable, "-c", CHILD], check=True)
