"""A holder that was killed is known to be gone; everybody else is given the benefit of the doubt."""

import subprocess
import sys

import pytest

from backend.adapters.documents.holders import holder, is_gone
from tests.support.processes import eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only /proc tells")
SAY_WHO = "from backend.adapters.documents.holders import holder; print(holder('x'), flush=True); input()"


def test_a_process_that_runs_is_there_and_one_that_was_killed_is_gone():
    other = subprocess.Popen([sys.executable, "-c", SAY_WHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    name = other.stdout.readline().strip()

    assert not is_gone(name)
    other.kill()
    other.communicate()
    assert is_gone(name)


def test_a_process_that_ended_is_gone_before_anybody_has_asked_for_its_exit_code():
    other = subprocess.Popen([sys.executable, "-c", SAY_WHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    name = other.stdout.readline().strip()
    other.stdin.write("\n")
    other.stdin.flush()
    other.stdout.read()  # ends with the process, which then waits for us as a zombie

    assert eventually(lambda: is_gone(name))
    other.communicate()


def test_this_thread_is_there_and_two_instances_are_two_holders():
    assert not is_gone(holder("a"))
    assert holder("a") == holder("a") != holder("b")


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: ["another-machine", *parts[1:]],
        lambda parts: ["", *parts[1:]],
        lambda parts: parts[:2],
    ],
    ids=["of another machine", "of no machine", "unreadable"],
)
def test_of_whom_nothing_can_be_known_may_be_there(change):
    parts = holder("x").split("/")
    parts[2] = "1"  # on this machine that would be a process that has ended

    assert is_gone("/".join(parts))
    assert not is_gone("/".join(change(parts)))
