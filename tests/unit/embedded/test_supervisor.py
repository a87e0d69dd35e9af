"""The supervisor passes lines on, restarts what crashes and stops all in order."""

import os
import signal
import subprocess
import sys
from threading import Timer

import psutil
import pytest

from backend.adapters.embedded.supervisor import Supervisor
from tests.support.processes import eventually, is_running, python

STAYS = "import time; print('up'); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
HAS_A_CHILD = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid)
time.sleep(60)
"""
SAYS_GOODBYE = """
import signal, sys, time
def leave(*_):
    print("bye"); sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("up")
time.sleep(60)
"""


class Heard:
    """The lines that a supervisor passed on."""

    def __init__(self):
        self.lines = []

    def __call__(self, name, line):
        self.lines.append((name, line))

    def of(self, name):
        return [line for who, line in self.lines if who == name]

    def has(self, name, line):
        return lambda: (name, line) in self.lines


@pytest.fixture
def heard():
    return Heard()


def test_each_line_comes_with_the_name_of_its_program(heard):
    with Supervisor(heard) as supervisor:
        supervisor.start(python("a", "import sys; print('one'); print('two', file=sys.stderr); input; import time; time.sleep(60)"))
        supervisor.start(python("b", "print('สาม'); import time; time.sleep(60)"))

        assert supervisor.run_until(lambda: len(heard.lines) >= 3, seconds=10)

    assert heard.of("a") == ["one", "two"]
    assert heard.of("b") == ["สาม"]


def test_a_line_that_comes_in_pieces_is_passed_on_whole(heard):
    with Supervisor(heard) as supervisor:
        supervisor.start(python("a", "import sys, time; sys.stdout.write('half '); time.sleep(.2); print('whole'); time.sleep(60)"))

        assert supervisor.run_until(heard.has("a", "half whole"), seconds=10)


def test_the_last_words_of_a_program_are_passed_on_even_without_a_line_end(heard):
    with Supervisor(heard, first_pause_s=60) as supervisor:
        supervisor.start(python("a", "import sys; print('first'); sys.stdout.write('last words'); sys.exit(3)"))

        assert supervisor.run_until(lambda: heard.of("dev"), seconds=10)

    assert heard.of("a") == ["first", "last words"]


def test_the_stops_are_in_the_reverse_order_of_the_starts_and_one_at_a_time(heard):
    with Supervisor(heard) as supervisor:
        for name in ("valkey", "worker", "web"):
            supervisor.start(python(name, SAYS_GOODBYE))
        assert supervisor.run_until(lambda: sum(line == "up" for _, line in heard.lines) == 3, seconds=10)

    after = heard.lines[heard.lines.index(("dev", "stopping web")) :]
    assert after == [
        ("dev", "stopping web"),
        ("web", "bye"),
        ("dev", "stopping worker"),
        ("worker", "bye"),
        ("dev", "stopping valkey"),
        ("valkey", "bye"),
    ]


def test_a_turn_to_stop_goes_before_the_order_of_the_starts(heard):
    with Supervisor(heard) as supervisor:
        for name, turn in (("valkey", 3), ("web", 0), ("worker", 2)):
            supervisor.start(python(name, STAYS, stop_turn=turn))

    assert heard.of("dev") == ["stopping web", "stopping worker", "stopping valkey"]


def test_a_program_that_does_not_end_in_time_is_killed(heard):
    with Supervisor(heard) as supervisor:
        supervisor.start(python("a", STUBBORN, stop_seconds=0.3))
        assert supervisor.run_until(heard.has("a", "up"), seconds=10)

    assert "a did not end in time; killing it" in heard.of("dev")


def test_what_a_killed_program_had_started_is_killed_with_it(heard):
    with Supervisor(heard) as supervisor:
        supervisor.start(python("a", HAS_A_CHILD))
        assert supervisor.run_until(lambda: heard.of("a"), seconds=10)

    assert eventually(lambda: not is_running(int(heard.of("a")[0])))


@pytest.mark.parametrize(
    ("code", "how"), [("raise SystemExit(7)", "exit code 7"), ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL")]
)
def test_a_program_that_ends_is_started_again_after_a_growing_pause(heard, code, how):
    with Supervisor(heard, first_pause_s=0.05, give_up_after=3) as supervisor:
        supervisor.start(python("a", code))
        supervisor.run()

        assert supervisor.gave_up == "a"
    assert heard.of("dev") == [
        f"a ended ({how}); starting it again in 0.05 s",
        f"a ended ({how}); starting it again in 0.1 s",
        f"a ended 3 times in a row ({how}); giving up. Its lines above tell why.",
    ]


def test_nothing_is_started_once_a_stop_was_asked_for(heard):
    with Supervisor(heard) as supervisor:
        os.kill(os.getpid(), signal.SIGTERM)
        supervisor.start(python("a", STAYS))

        assert not supervisor.run_until(lambda: False, seconds=1)
    assert heard.lines == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_and_the_handlers_of_before_come_back(heard, signum):
    before = signal.getsignal(signum)
    with Supervisor(heard) as supervisor:
        supervisor.start(python("a", STAYS))
        supervisor.run_until(heard.has("a", "up"), seconds=10)
        Timer(0.1, os.kill, (os.getpid(), signum)).start()
        supervisor.run()

        assert supervisor.stopping
        assert not supervisor.gave_up
    assert signal.getsignal(signum) is before


def test_a_second_signal_does_not_wait_for_anybody(heard):
    with Supervisor(heard) as supervisor:
        supervisor.start(python("a", STUBBORN, stop_seconds=60))
        supervisor.run_until(heard.has("a", "up"), seconds=10)
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)

    assert "a did not end in time; killing it" in heard.of("dev")


PARENT = """
import sys
from backend.adapters.embedded.supervisor import Supervisor
from tests.support.processes import python
with Supervisor(lambda name, line: print(line, flush=True)) as supervisor:
    supervisor.start(python("plain", "import os, time; print(os.getpid()); time.sleep(60)"))
    supervisor.start(python("stubborn", "import os, signal, time; signal.signal(15, signal.SIG_IGN); print(os.getpid()); time.sleep(60)"))
    supervisor.start(python("parent", sys.argv[1]))
    supervisor.run()
"""


def test_no_process_survives_when_the_supervisor_is_killed():
    parent = psutil.Popen([sys.executable, "-c", PARENT, HAS_A_CHILD], stdout=subprocess.PIPE, text=True)
    for _ in range(3):
        parent.stdout.readline()
    family = parent.children(recursive=True)
    assert len(family) == 5, "three programs, a child of one, and the watchdog"

    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(family, timeout=3)

    assert alive == []
