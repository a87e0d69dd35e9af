"""The threads that run jobs: made when they are needed, and waiting at one queue."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from backend.telemetry.logs import logger

Task = TypeVar("Task")
log = logger("worker.crew")


class Crew(Generic[Task]):
    """Does tasks in as many threads as there are tasks at once. `give` and `done` are called by one thread only."""

    def __init__(self, work: Callable[[Task], object]) -> None:
        self._work = work
        self._tasks: SimpleQueue[Task] = SimpleQueue()
        self._open = 0
        self._threads = 0
        self.lost = 0
        """Threads that did not come back from a task that counts as ended."""

    def give(self, task: Task) -> None:
        """Let a thread do it, now: there is one for each task that is not done."""
        self._open += 1
        if self._open > self._threads:
            self._threads += 1
            threading.Thread(target=self._loop, name=f"job-{self._threads}", daemon=True).start()
        self._tasks.put(task)

    def done(self) -> None:
        """One task came to its end: its thread is free for another one."""
        self._open -= 1

    def stuck(self) -> None:
        """One task counts as ended and its thread does not: another thread takes its place."""
        self._open -= 1
        self._threads -= 1
        self.lost += 1

    @property
    def open(self) -> int:
        """Tasks that were given and are not done."""
        return self._open

    def _loop(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                self._work(task)
            except BaseException:
                # Whatever a job does, its thread goes on to the next one.
                log.exception("A thread of the worker met with an accident")
