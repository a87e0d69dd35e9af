"""Small programs to supervise, and a look at which processes are there."""

import os
import sys
import time
from pathlib import Path

from backend.adapters.embedded.process import Program


def python(name, code, **options):
    """A program that runs this Python text."""
    return Program(name, (sys.executable, "-u", "-c", code), **options)


def is_running(pid):
    """Whether a process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        if sys.platform == "linux":
            return False
    else:
        return state != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(condition, seconds=10.0):
    """Whether `condition()` becomes true within that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
