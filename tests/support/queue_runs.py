"""Starts worker and scheduler processes for a test, and waits for what they do."""

import subprocess
import sys
import time
from contextlib import contextmanager


@contextmanager
def process(kind, url, folder, *more):
    command = [sys.executable, "-m", "tests.support.queue_process", kind, url, str(folder), *map(str, more)]
    with (folder / f"{kind}.log").open("a") as log:
        running = subprocess.Popen(command, stderr=log, stdout=log)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def finished(platform, answer):
    return until(lambda: platform.service.get(answer.job_id).finished)
