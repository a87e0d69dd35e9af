"""A Valkey of one test's own, which it may stop, hang and start again at the same address."""

import os
import signal
import time

from backend.adapters.embedded.process import Child
from backend.adapters.embedded.valkey import Valkey


class RedisServer:
    """Runs once it is made; `url` stays the same over every restart."""

    def __init__(self, folder):
        self._valkey = Valkey(folder)
        self._folder = folder
        self.start()

    def start(self):
        self._child = Child(self._valkey.program())
        self.url = self._valkey.url
        end = time.monotonic() + 10
        while not self._valkey.answers():
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.01)

    def stop(self):
        """End it as an administrator does: it may write its data first."""
        self._child.terminate()
        end = time.monotonic() + 10
        while self._child.exit_code is None:
            assert time.monotonic() < end, "the server does not stop"
            time.sleep(0.01)
        self.kill()

    def kill(self):
        self._child.kill_group()
        self._child.close()

    def forget(self):
        """Remove what it has written; for a server that is stopped."""
        for file in self._folder.glob("appendonlydir/*"):
            file.unlink()

    def hang(self):
        os.kill(self._child.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self._child.pid, signal.SIGCONT)
