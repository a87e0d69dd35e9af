"""A web process that kills itself at one write of a submission: `python -m tests.support.doomed_process STEP SIDE APPLICATION`.

It runs on the settings of its environment. Without being killed it prints how many writes there were.
"""

import os
import signal
import sys

from backend.adapters.rq.broker import RqBroker
from backend.adapters.sqlite.store import SqliteStore
from backend.bootstrap import Parts, build
from backend.certification.actors import Actor
from backend.settings import load
from tests.support.mortal_store import WRITES

FARMER = Actor("farmer-1", "FARMER", "farmer@example.com", "A farmer")
TO_REDIS = frozenset({"hand_over"})


class Doom:
    """Counts the writes of everything that it watches; `before` or `after` the one of that number the process is gone, uncatchably."""

    def __init__(self, step, side):
        self._end = (step, side)
        self.writes = None

    def write(self, act):
        if self.writes is None:
            return act()
        self.writes += 1
        self._die_at("before")
        answer = act()
        self._die_at("after")
        return answer

    def _die_at(self, side):
        if (self.writes, side) == self._end:
            os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """Hands every call on to a real store or broker, and the writes among them by way of the doom."""

    def __init__(self, real, doom, writes):
        self._real = real
        self._doom = doom
        self._writes = writes

    def __getattr__(self, name):
        method = getattr(self._real, name)
        if name not in self._writes:
            return method
        return lambda *arguments, **options: self._doom.write(lambda: method(*arguments, **options))


def main(step: str, side: str, application_id: str) -> None:
    settings = load()
    doom = Doom(int(step), side)
    broker = RqBroker.open(settings.effective_redis_url, deadline_ms=settings.redis_deadline_ms)
    store = SqliteStore(settings.data_dir / "documents.db")
    services = build(settings, Parts(store=Watched(store, doom, WRITES), broker=Watched(broker, doom, TO_REDIS)))
    doom.writes = 0
    services.certification.submit(FARMER, application_id)
    print(doom.writes)


if __name__ == "__main__":
    main(*sys.argv[1:])
