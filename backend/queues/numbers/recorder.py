"""Adds up in memory what happens in this process, and writes it down now and then for all processes together."""

import threading
import weakref
from collections.abc import Callable, Iterable, Mapping

from backend.clock import Clock, to_millis
from backend.errors import Unavailable
from backend.queues.numbers.grains import minute_of
from backend.queues.numbers.kept import SYSTEM, Batch, Cell, KeptNumbers, Ranked
from backend.queues.numbers.keys import key
from backend.telemetry.logs import logger

EVERY_S = 2.0
"""So long the numbers of a process wait, and so many of them are lost where it is killed."""
Later = Callable[[float, Callable[[], None]], object]
Source = Callable[[], Mapping[str, int]]
"""Numbers of this process that only grow, by key, looked at when there is something to write."""
log = logger("queues.numbers")


def in_a_thread(seconds: float, act: Callable[[], None]) -> None:
    """Call it once, so many seconds from now; a process that has nothing else to do does not wait for it."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


class NumbersRecorder:
    """One write for each stretch of time in which something happened, none for a single job and none while nothing happens."""

    def __init__(self, kept: KeptNumbers, clock: Clock, *, later: Later = in_a_thread) -> None:
        self._kept = kept
        self._clock = clock
        self._later = later
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._pending = Batch()
        self._is_due = False
        self._counting: list[Callable[[Batch], None]] = []
        self._sources: list[Source] = []
        self._seen: dict[str, int] = {}

    def join(self, hand_in: Callable[[Batch], None]) -> None:
        """Call `hand_in` whenever there is something to write: it adds to the batch what it has counted since the last time."""
        self._counting.append(hand_in)

    def watch(self, source: Source) -> None:
        """Count what `source` gains from now on among the numbers of the system."""
        self._sources.append(source)

    def count(self, scope: str, minute: int, numbers: Iterable[tuple[str, int]], last: Iterable[str] = (), millis: int = 0) -> None:
        """Add numbers by key in that minute; what `last` names happened at that millisecond."""
        with self._lock:
            counts = self._pending.counts[Cell(scope, minute)]
            for name, number in numbers:
                counts[name] += number
            for name in last:
                self._pending.happened(scope, name, millis)
        self.soon()

    def rank(self, ranked: Ranked, numbers: Iterable[tuple[str, int]]) -> None:
        """Add numbers of somebody or something that is ranked."""
        with self._lock:
            counts = self._pending.ranked[ranked]
            for name, number in numbers:
                counts[name] += number
        self.soon()

    def count_now(self, *words: str, amount: int = 1) -> None:
        """Add to a number of the system, now."""
        now = self._clock.now()
        name = key(*words)
        self.count(SYSTEM, minute_of(now), [(name, amount)], (name,), to_millis(now))

    def soon(self) -> None:
        """Write in a while what there is to write."""
        if self._is_due:
            return
        with self._lock:
            is_first, self._is_due = not self._is_due, True
        if is_first:
            self._later(EVERY_S, while_it_lives(self._flush))

    def flush(self) -> None:
        """Write down what was counted since the last time. May raise Unavailable: then it stays, and is written another time."""
        with self._writing:
            with self._lock:
                batch, self._pending = self._pending, Batch()
            for hand_in in self._counting:
                hand_in(batch)
            self._look(batch)
            if not batch:
                return
            try:
                self._kept.add(batch)
            except Unavailable:
                with self._lock:
                    self._pending.add(batch)
                raise

    def _look(self, batch: Batch) -> None:
        """Count what the sources gained."""
        now = {name: number for source in self._sources for name, number in source().items()}
        gained = {name: number - self._seen.get(name, 0) for name, number in now.items()}
        self._seen = now
        for name, number in gained.items():
            if number > 0:
                batch.counts[Cell(SYSTEM, minute_of(self._clock.now()))][name] += number

    def _flush(self) -> None:
        with self._lock:
            self._is_due = False
        try:
            self.flush()
        except Unavailable:
            self.soon()  # that the store is away is said by those who have to wait for it
        except Exception:
            # Nobody waits for this thread, who would hear of it otherwise. What no store can keep must not keep the rest from it.
            log.exception("Numbers could not be written, and are gone")


def while_it_lives(act: Callable[[], None]) -> Callable[[], None]:
    """Calls a method of an object that this does not keep alive: with its store away what nobody has any more would try for ever."""
    found = weakref.WeakMethod(act)

    def call() -> None:
        alive = found()
        if alive is not None:
            alive()

    return call
