"""The life of a worker process: starts its threads, listens for signals, and ends without losing a job."""

import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Sequence
from threading import Event, Thread, get_ident
from types import FrameType

from backend.adapters.rq.worker import garbage
from backend.adapters.rq.worker.bookkeeper import Bookkeeper, Task
from backend.adapters.rq.worker.briefly import briefly
from backend.adapters.rq.worker.crew import Crew
from backend.adapters.rq.worker.healing import Healing
from backend.adapters.rq.worker.overseer import DONE, REPLACE
from backend.adapters.rq.worker.pulse import Pulse
from backend.adapters.rq.worker.seams import Duty, Run, Tally, WorkerControl
from backend.adapters.rq.worker.slots import Slots
from backend.adapters.rq.worker.turns import LONGEST_WAIT_S, Turns
from backend.adapters.rq.worker.waker import Watch
from backend.adapters.rq.worker.writing import End
from backend.queues.names import QUEUES
from backend.queues.platform import QueuePlatform
from backend.queues.ports import TimeLimit
from backend.telemetry.logs import logger

CONCURRENCY = 10
STOP_DEADLINE_S = 24.5
"""So long what runs may go on when the worker is told to stop; then it has `INTERRUPT_S`."""
SHORTEST_WAIT_S = 0.02
INTERRUPT_S = 0.5
"""So long the code of a job may take to stop where it is, before its job is another worker's."""
HAND_BACK_S = 5.0
"""So long the ledger and the broker may take to hear what is handed back, where there is time; after it the leases tell."""
LAST_S = 1.0
"""So long after the deadline of its runs, or after what it may take to hand them back, the process is gone, whatever hangs."""
LAST_WORDS_S = 0.3
"""The end of `LAST_S` is for signing off and closing."""
log = logger("worker")


class Worker:
    """Runs up to `concurrency` jobs at once, and takes `max_jobs` in all (0: any number).

    `backend.adapters.rq.worker.seams.WorkerControl` is what its parts see of it.
    """

    def __init__(
        self,
        platform: QueuePlatform,
        *,
        time_limit: TimeLimit,
        queues: Sequence[str] = QUEUES,
        concurrency: int = CONCURRENCY,
        max_jobs: int = 0,
        name: str = "",
        duties: Sequence[Duty] = (),
        stop_deadline_s: float = STOP_DEADLINE_S,
        interrupt: Callable[[WorkerControl, Run], object] = lambda _worker, _run: None,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self.name = name or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.queues = tuple(queues)
        self.concurrency = concurrency
        self.stopping = self.paused = False
        self.told = False
        """Whether somebody asked it to stop, by a signal or a command: it needs no successor."""
        self._platform = platform
        self._time_limit = time_limit
        self._stop_deadline_s = stop_deadline_s
        self._interrupt = interrupt
        self._exit = leave
        self._code = self._signals = 0
        self._stop_by = self._hand_back_at = self._end_by = float("inf")
        self._guard: Thread | None = None
        self._has_ended = Event()
        self._slots = slots = Slots(concurrency, max_jobs)
        self._crew: Crew[Task | Watch] = Crew(self._do, tell=self._between)
        self._bookkeeper = Bookkeeper(
            platform, self._crew, slots, worker=self.name, stopping=self._is_stopping, broken=lambda: self.leave(REPLACE)
        )
        self._turns = Turns(
            platform,
            self._bookkeeper,
            slots,
            queues=self.queues,
            worker=self.name,
            taking=self._takes,
            give=self._give,
            call_soon=self._crew.call_soon,
        )
        self._pulse = Pulse(self, (self._turns.rules, self._healing(), self._bookkeeper.suspects, *duties))

    def work(self) -> int:
        """Go on until SIGTERM or SIGINT; the exit code. What runs may end, up to the deadline; a second signal cuts that short."""
        signal.signal(signal.SIGTERM, self.heard)
        signal.signal(signal.SIGINT, self.heard)
        # A worker that became its own successor held them back until somebody listens again.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
        garbage.look_seldom()
        return self.run()

    def run(self) -> int:
        """`work` without signals: until `stop`, in any thread."""
        log.info("Worker started", worker=self.name, queues=list(self.queues), concurrency=self.concurrency)
        self._turns.rules.read()
        self._pulse.start()
        while not self._over():
            self._turns.step(self._patience_s())
            self._crew.look()
        self._has_ended.set()
        self._pulse.end()
        self.last(self._pulse.say_goodbye)
        log.info("Worker stopped", worker=self.name, abandoned=self._crew.lost)
        if self._crew.lost:
            self.last(self._platform.events.close)
            self._exit(self.code)  # their threads go on until the process ends
        return self.code

    def last(self, call: Callable[[], object]) -> None:
        """Do something that belongs to the end, as far as that goes before the process has to be gone."""
        briefly(call, max(LAST_WORDS_S / 2, min(LAST_S, self._end_by - time.monotonic())))

    @property
    def code(self) -> int:
        """How the process should end. Who was told to stop needs no successor."""
        return DONE if self.told and self._code == REPLACE else self._code

    @property
    def tally(self) -> Tally:
        return self._bookkeeper.tally

    @property
    def spent(self) -> bool:
        # Not while its last jobs run: a deadline would hand them to a successor, who would have none to spare either, for ever.
        return self._slots.spent and self._slots.busy <= 0

    @property
    def outage(self) -> str:
        return self._turns.outage.error or self._bookkeeper.outage.error

    def runs(self) -> Sequence[Run]:
        return self._bookkeeper.runs()

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        self._turns.look()

    def stop(self, within_s: float | None = None) -> None:
        """Take nothing more. Safe in a signal handler: it sets flags, and rings a bell that is made for being rung there."""
        now = time.monotonic()
        self._stop_by = min(self._stop_by, now + (self._stop_deadline_s if within_s is None else within_s))
        self._end_by = min(self._end_by, now + max(self._stop_deadline_s, HAND_BACK_S) + INTERRUPT_S + LAST_S)
        self.stopping = True
        self._turns.wake()

    def dismiss(self, within_s: float | None = None) -> None:
        self.told = True
        self.stop(within_s)

    def give_way(self) -> None:
        self._code = REPLACE
        self.stop()

    def leave(self, code: int) -> None:
        self._code = code
        self.stop(within_s=0)

    def end_run(self, run: Run, error: BaseException) -> None:
        run.abandoned = True
        self._bookkeeper.ended(End(run, self._platform.runner.failure(run.token, error)))

    def heard(self, _number: int, _frame: FrameType | None = None) -> None:
        """A signal to stop. The first one is no reason for hurry, even where the worker stops already as it has had its time."""
        self._signals += 1
        self.dismiss(None if self._signals == 1 else 0)

    def _healing(self) -> Healing:
        books = self._bookkeeper
        every_s = self._platform.keeper.look_every.total_seconds()
        return Healing(self._platform.recovery, every_s=every_s, ledger=books.outage, is_away=books.is_away)

    def _give(self, watch: Watch) -> None:
        self._crew.give((watch,))

    def _do(self, task: Task | Watch) -> None:
        """In a thread of the crew."""
        if isinstance(task, Watch):
            run = self._turns.keep(task)
            if run is None:
                self._crew.done()
                return
            task = run
        if not isinstance(task, Run):
            self._platform.runner.report(task)
            self._crew.done()
            return
        if task.abandoned:
            return
        task.thread, task.since = get_ident(), time.monotonic()
        outcome = self._platform.runner.perform(task.job, task.token, time_limit=self._time_limit, stopping=self._is_stopping)
        if not task.abandoned:
            self._bookkeeper.note(End(task, outcome.transition, outcome.context))

    def _between(self) -> bool:
        """What a thread of the crew does that has no job; whether it should come again when it has none."""
        try:
            while True:
                has_job = self._bookkeeper.attend()
                has_begun = self._turns.pass_by(wait=not has_job)
                needs_a_hand = self._bookkeeper.needs_a_hand
                if has_job or not needs_a_hand:
                    return has_begun or needs_a_hand
        except BaseException:
            log.exception("The turns met with an accident: the worker is replaced")
            self.leave(REPLACE)
            return False

    def _is_stopping(self) -> bool:
        return self.stopping

    def _takes(self) -> bool:
        return not (self.stopping or self.paused)

    def _patience_s(self) -> float:
        left = self._stop_by - time.monotonic()
        return max(SHORTEST_WAIT_S, min(LONGEST_WAIT_S, left))

    def _over(self) -> bool:
        if not self.stopping:
            return False
        if self._guard is None:
            self._guard = Thread(target=self._end_in_time, name="worker-end", daemon=True)
            self._guard.start()
        if self._turns.quiet and not self._crew.open:
            return True
        now = time.monotonic()
        if now < self._stop_by:
            return False
        if self._hand_back_at == float("inf"):
            self._hand_back_at = now + INTERRUPT_S
            runs = self._turns.bring_back()
            log.warning("The worker had to stop: what still runs goes back into the line", jobs=len(runs))
            for run in runs:
                self._interrupt(self, run)
        if now >= self._hand_back_at:
            # What no exception reaches ends with the process, in a moment.
            self._bookkeeper.give_back_all()
        if now >= self._hand_back_at + INTERRUPT_S:
            self._turns.wait_no_more()
        return now >= min(self._hand_back_at + HAND_BACK_S, self._end_by - LAST_WORDS_S)

    def _end_in_time(self) -> None:
        """In a thread of its own: the main one may wait for a server that hangs."""
        if not self._has_ended.wait(self._end_by - time.monotonic()):
            log.warning("The worker has no more time: what is not handed back runs again once its leases are over")
            self._exit(self.code)
