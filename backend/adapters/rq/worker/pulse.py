"""The worker's pulse: does what is due now and then, from a thread that no job can block."""

import threading
import time
from collections.abc import Callable, Sequence

from backend.adapters.rq.worker.seams import Duty, Farewell, Greeting, WorkerControl
from backend.telemetry.logs import logger

STEP_S = 0.2
log = logger("worker.pulse")


class Pulse:
    """Calls each duty at once and then at its interval, one after the other, until it is told to end."""

    def __init__(self, worker: WorkerControl, duties: Sequence[Duty], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._worker = worker
        self._duties = tuple(duties)
        self._monotonic = monotonic
        self._due = [0.0] * len(self._duties)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="worker-pulse", daemon=True)

    def start(self) -> None:
        """Let the duties that want to be ahead of every job be it, then beat; raises what such a duty raises."""
        for duty in self._duties:
            if isinstance(duty, Greeting):
                duty.say_hello()
        self._thread.start()

    def end(self) -> None:
        """No further beat; one that is being made may still end."""
        self._ended.set()

    def say_goodbye(self) -> None:
        """Let the duties that want to know that it was the end; never raises."""
        for duty in self._duties:
            try:
                if isinstance(duty, Farewell):
                    duty.say_goodbye()
            except Exception:
                log.exception("A duty of the worker failed to end", duty=type(duty).__name__)

    def beat(self) -> None:
        """Do once what is due; never raises."""
        for number, duty in enumerate(self._duties):
            now = self._monotonic()
            if now < self._due[number]:
                continue
            self._due[number] = now + duty.every_s
            try:
                duty(self._worker)
            except Exception:
                # The thread must outlive every accident: without it each running job would be taken for lost.
                log.exception("A duty of the worker failed", duty=type(duty).__name__)

    def _loop(self) -> None:
        self.beat()
        while not self._ended.wait(STEP_S):
            self.beat()
