"""The threads that run jobs: short jobs follow each other in one thread, and those that take longer have a thread each."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Generic, TypeVar

from backend.adapters.rq.worker.alarm import Alarm, alarm
from backend.telemetry.logs import logger

Task = TypeVar("Task")
LOOK_EVERY_S = 0.001
"""So long tasks wait for the thread that has one before them, until another one is woken."""
GROWTH = 4
"""So many times as many threads are woken at each look, while jobs wait."""
BRISK = 10
"""Where so many tasks begin between two looks one thread does them, and no foreman is needed."""
PATIENCE = 5
"""So many looks at most find nobody begin a task before threads are woken, where short ones followed each other: mostly the system has
given the processor to somebody else for a while, and more threads would only wait for it, too."""
TELLS_FOR = 3
"""So many where a thread tells of ends, which begins with what waits when it has."""
ACCIDENT = "A thread of the worker met with an accident"
log = logger("worker.crew")


class Crew(Generic[Task]):
    """Does tasks in as many threads as there are tasks at once, at most.

    Waking a thread costs more than a short job does. So tasks that come together wake one thread, which does them in turn;
    where that is not quick, a foreman wakes several times as many at each look, and fifty that wait for a network have begun after
    some milliseconds. A thread that finds others at short tasks leaves these to them.

    Nor is anybody told of each end: a thread that has no further task calls `tell`, which may give tasks and may take its time,
    and asks with True to be called again when these are done. Where a task takes long the foreman sends another thread.
    """

    def __init__(
        self,
        work: Callable[[Task], object],
        *,
        tell: Callable[[], object] = list,
        foremans: Alarm | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`foremans` is the alarm at which the foreman looks."""
        self._work = work
        self._monotonic = monotonic
        self._tell = tell
        self._untold = False
        self._told = self._telling = 0
        self._tasks: deque[Task] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._lock = threading.Lock()
        self._open = 0
        self._threads = 0
        self._idle = 0
        self._begun = 0
        self._alarm = foremans or alarm(LOOK_EVERY_S)
        self._is_called = False
        self._begun_before = self._told_before = 0
        self._patience = 1
        self._foreman: threading.Thread | None = None
        self.lost = 0
        """Threads that did not come back from a task that counts as ended."""

    def give(self, tasks: Sequence[Task], *, is_mine: bool = False, long: bool = False) -> None:
        """Let threads do them; the first begins now. `is_mine`: the caller is one of the threads, and begins it in a moment. `long`: they
        are likely to take longer than a look, so that all begin now.
        """
        with self._lock:
            self._open += len(tasks)
        self._tasks.extend(tasks)
        begun = is_mine + self._wake((len(tasks) if long else 1) - is_mine)
        if begun < len(tasks):
            self._call_foreman()

    def call(self) -> None:
        """There is something to tell: a thread sees to it now."""
        self._untold = True
        if not self._wake(1, besides=1):
            self._call_foreman()

    def call_soon(self) -> None:
        """By a thread that is at a task: there is something to tell when that is done, or in a moment where it takes longer."""
        self._untold = True
        self._call_foreman()

    def look(self) -> None:
        """Now and then: a task that a thread gave for itself waits for others where that thread is held up before it begins."""
        if self._tasks:
            self._call_foreman()

    def done(self, count: int = 1) -> None:
        """So many tasks came to their end: their threads are free for others."""
        with self._lock:
            self._open -= count

    def stuck(self) -> None:
        """One task counts as ended and its thread does not: another thread takes its place."""
        with self._lock:
            self._open -= 1
            self._threads -= 1
            self.lost += 1

    @property
    def open(self) -> int:
        """Tasks that were given and are not done."""
        return self._open

    def _wake(self, count: int, *, besides: int = 0) -> int:
        """Wake so many threads, or make them while there are fewer than tasks, and what is to be done `besides`; how many came of it.
        Where there are none to wake, one is awake and has no task: it looks again before it falls asleep."""
        with self._lock:
            woken = min(count, self._idle)
            self._idle -= woken
            made = max(0, min(count - woken, self._open + besides - self._threads))
            self._threads += made
        for _ in range(woken):
            self._bell.put(None)
        for _ in range(made):
            _started(self._loop, "job")
        return woken + made

    def _call_foreman(self) -> None:
        """He looks in a moment; later than he was to where the threads get on well without him."""
        if self._foreman is None:
            with self._lock:
                self._foreman = self._foreman or _started(self._watch, "job-foreman")
        if self._is_called:
            if self._begun - self._begun_before < BRISK:
                return
            self._patience = min(self._patience + 1, PATIENCE)
        self._is_called = True
        self._begun_before, self._told_before = self._begun, self._told
        self._alarm.set()

    def _tell_ends(self) -> None:
        self._untold = False  # before it is told: an end that comes in this moment is told once more rather than never
        self._told += 1
        self._count_telling(1)
        try:
            if self._tell():
                self._untold = True
        except BaseException:
            log.exception(ACCIDENT)
        self._count_telling(-1)

    def _count_telling(self, change: int) -> None:
        with self._lock:
            self._telling += change

    def _watch(self) -> None:
        """The foreman: wakes more threads while tasks wait and those that were woken last have not done more than one each."""
        woken = looks = 0
        while True:
            self._alarm.wait()
            begun, told = self._begun - self._begun_before, self._told - self._told_before
            self._is_called = False  # before he looks: what comes from now on calls him again
            looks = 0 if begun > max(woken, 1) else looks + 1
            is_late = looks >= max(self._patience, TELLS_FOR if self._telling else 1)
            first = GROWTH if self._patience == 1 else 1
            woken = min(GROWTH * woken or first, len(self._tasks)) if is_late else 0
            overdue = self._untold and not told and begun <= 1
            if woken or overdue:
                self._patience = 1
                self._wake(max(woken, 1), besides=self._telling + self._untold)
            if self._tasks or self._untold:
                self._call_foreman()
            else:
                woken = looks = 0

    def _loop(self) -> None:
        """A thread's: do tasks, tell of them, and fall asleep where there are no more, or others do without it."""
        is_quick, begun_before = False, 0
        while True:
            if is_quick and self._begun - begun_before >= BRISK and self._is_spare():
                self._bell.get()  # others have done short tasks while this thread told of its own
            since, done = self._monotonic(), 0
            while self._tasks:
                self._do_next()
                done += 1
            is_quick = (self._monotonic() - since) * BRISK < done * LOOK_EVERY_S
            begun_before = self._begun
            if self._untold:
                self._tell_ends()
                continue
            with self._lock:
                if self._tasks or self._untold:
                    continue
                self._idle += 1
            self._bell.get()
            is_quick = False

    def _is_spare(self) -> bool:
        """Whether there are others, with whom this thread would only take turns at waiting for the interpreter. It counts as idle then;
        where they are held up after all the foreman wakes it."""
        with self._lock:
            if self._threads - self._idle < 2:
                return False
            self._idle += 1
        self._call_foreman()
        return True

    def _do_next(self) -> None:
        try:
            task = self._tasks.popleft()
        except IndexError:
            return  # another thread was faster
        if self._untold and not self._is_called:
            self._call_foreman()  # where this task takes long he has the ends before it told
        self._begun += 1  # about: threads that count in the same moment make the foreman wake one more
        try:
            self._work(task)
        except BaseException:
            # Whatever a job does, its thread goes on to the next one.
            log.exception(ACCIDENT)
        self._untold = True


def _started(loop: Callable[[], object], name: str) -> threading.Thread:
    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread
