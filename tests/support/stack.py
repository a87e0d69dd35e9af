"""`gacp dev` as a newcomer starts it, and people who talk to it over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests

ROOT = Path(__file__).parents[2]
DEMO = {
    "FARMER": ("farmer@gacp.example", "farmer-demo"),
    "REVIEWER": ("reviewer@gacp.example", "reviewer-demo"),
    "ADMIN": ("admin@gacp.example", "admin-demo"),
}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Stack:
    """One running `gacp dev`."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = folder / "stack.log"
        clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "PYTHONPATH"}}
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "backend.console", "dev"],
                cwd=ROOT,
                env=clean | {"DATA_DIR": str(folder / "var"), "PORT": str(self.port), "AI_QC_AUTO_DELAY_MS": "1000"} | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, seconds=40):
        """Until /readyz says so; raises AssertionError with the log where it does not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if requests.get(f"{self.base}/readyz", timeout=2).status_code == 200:
                    return self
            except (requests.ConnectionError, requests.Timeout):  # gunicorn listens before it can answer
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def children(self):
        """Every process under it now."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, how=signal.SIGINT, seconds=25):
        """Send the signal and wait; returns the exit code and those children that outlived it."""
        children = self.children()
        self.process.send_signal(how)
        code = self.process.wait(seconds)
        _, alive = psutil.wait_procs(children, timeout=10)
        return code, alive

    def sign_in(self, role):
        """A session of that demo person."""
        email, password = DEMO[role]
        answer = requests.post(f"{self.base}/api/v1/auth/login", json={"email": email, "password": password}, timeout=10)
        assert answer.status_code == 200, answer.text
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return session


@contextmanager
def running(folder, **environment):
    """A stack that is ready, and gone afterwards whatever happens."""
    stack = Stack(folder, **environment)
    try:
        yield stack.wait_until_ready()
    finally:
        if stack.process.poll() is None:
            stack.stop(signal.SIGTERM)


def eventually(look, accept=bool, seconds=30):
    """What `look()` gives once it is acceptable; raises AssertionError with the last of it otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if accept(seen):
            return seen
        assert time.monotonic() < deadline, f"still {seen!r}"
        time.sleep(0.1)
