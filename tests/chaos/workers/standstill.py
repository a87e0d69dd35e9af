"""Notices when the whole machine stood still, as a virtual one may: no worker could renew a lease then."""

import threading
import time

STEP_S = 0.5


class StandstillWatch:
    """`longest_s` is the longest standstill since `begin`."""

    def __init__(self):
        self.longest_s = 0.0
        threading.Thread(target=self._loop, name="standstill", daemon=True).start()

    def begin(self):
        self.longest_s = 0.0

    def _loop(self):
        before = time.monotonic()
        while True:
            time.sleep(STEP_S)
            now = time.monotonic()
            self.longest_s = max(self.longest_s, now - before - STEP_S)
            before = now
