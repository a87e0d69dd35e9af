"""A document store that does not answer any more when told so, and does not say so either."""

import threading

from backend.adapters.memory.documents import MemoryStore

LONGEST_S = 60


class HangingStore:
    """Like the one in memory until `hang`; then every call waits for `go_on`, a minute at most."""

    def __init__(self):
        self._store = MemoryStore()
        self._answers = threading.Event()
        self._answers.set()
        self.waiting = 0

    def hang(self):
        self._answers.clear()

    def go_on(self):
        self._answers.set()

    def __getattr__(self, name):
        def call(*arguments, **options):
            if not self._answers.is_set():
                self.waiting += 1
                self._answers.wait(LONGEST_S)
            return getattr(self._store, name)(*arguments, **options)

        return call
