"""Keeps a handful of programs running: passes on their lines, restarts what crashes, stops all in order."""

import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, Self

from backend.adapters.embedded.process import Child, Program
from backend.adapters.embedded.watchdog import Watchdog

Say = Callable[[str, str], None]
"""Takes the name of a program and one line of it."""

_OURSELVES = "dev"
_STABLE_S = 30.0


@dataclass
class _Slot:
    """A program, the process that runs it now, and how often it has crashed in a row."""

    program: Program
    child: Child | None = None
    crashes: int = 0
    restart_at: float = 0.0


class Supervisor:
    """Runs in one thread, so that starting a child is a safe fork. Use it in a `with` block: leaving it stops everything."""

    def __init__(self, say: Say, *, first_pause_s: float = 0.5, give_up_after: int = 5) -> None:
        self._say = say
        self._first_pause_s = first_pause_s
        self._give_up_after = give_up_after
        self._slots: list[_Slot] = []
        self._selector = selectors.DefaultSelector()
        self._stop_requests = 0
        self._handlers: dict[int, Any] = {}
        self.gave_up = ""
        """The name of the program that crashed too often, where that ended the run."""

    @property
    def stopping(self) -> bool:
        return self._stop_requests > 0

    def __enter__(self) -> Self:
        self._watchdog = Watchdog()
        self._wake, self._waker = socket.socketpair()
        for end in (self._wake, self._waker):
            end.settimeout(0)
        self._selector.register(self._wake, selectors.EVENT_READ)
        signals = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means it
            signals.append(signal.SIGHUP)
        self._handlers = {signum: signal.signal(signum, self._on_signal) for signum in signals}
        self._handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _signum, _frame: None)  # a child's end wakes the loop
        self._previous_wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._stop_all()
        finally:
            signal.set_wakeup_fd(self._previous_wakeup)
            for signum, handler in self._handlers.items():
                signal.signal(signum, handler)
            self._watchdog.close()
            self._selector.close()
            self._wake.close()
            self._waker.close()

    def start(self, program: Program) -> None:
        """Start a program, unless a stop was asked for."""
        if self.stopping:
            return
        slot = _Slot(program)
        self._slots.append(slot)
        self._spawn(slot)

    def run_until(self, done: Callable[[], bool], *, seconds: float = float("inf"), every_s: float = 0.1) -> bool:
        """Work until `done()`, a stop signal or the time is over; returns what `done()` said last."""
        deadline = time.monotonic() + seconds
        while not (finished := done()) and not self.stopping and time.monotonic() < deadline:
            self._turn(every_s)
        return finished

    def run(self) -> None:
        """Work until somebody asks to stop, or a program has crashed too often."""
        self.run_until(lambda: False, every_s=1.0)

    def _turn(self, timeout: float) -> None:
        for key, _ in self._selector.select(self._until_restart(timeout)):
            if key.data is None:
                self._wake.recv(4096)
            else:
                self._pass_on(key.data)
        for slot in self._slots:
            self._look_after(slot)

    def _until_restart(self, timeout: float) -> float:
        due = [slot.restart_at for slot in self._slots if slot.child is None and not self.stopping]
        return max(0.0, min(timeout, min(due, default=float("inf")) - time.monotonic()))

    def _pass_on(self, slot: _Slot) -> None:
        if slot.child is None:
            return
        for line in slot.child.read_lines():
            self._say(slot.program.name, line)
        if not slot.child.open:
            self._selector.unregister(slot.child)

    def _look_after(self, slot: _Slot) -> None:
        if slot.child is None:
            if not self.stopping and time.monotonic() >= slot.restart_at:
                self._spawn(slot)
        elif (code := slot.child.exit_code) is not None:
            lived = time.monotonic() - slot.child.started_at
            self._bury(slot)
            if not self.stopping:
                self._plan_restart(slot, code, lived)

    def _plan_restart(self, slot: _Slot, code: int, lived: float) -> None:
        slot.crashes = 1 if lived > _STABLE_S else slot.crashes + 1
        name = slot.program.name
        if slot.crashes >= self._give_up_after:
            self._say(_OURSELVES, f"{name} ended {slot.crashes} times in a row ({_how(code)}); giving up. Its lines above tell why.")
            self.gave_up = name
            self._stop_requests += 1
            return
        pause = min(self._first_pause_s * 2 ** (slot.crashes - 1), 30.0)
        slot.restart_at = time.monotonic() + pause
        self._say(_OURSELVES, f"{name} ended ({_how(code)}); starting it again in {pause:g} s")

    def _spawn(self, slot: _Slot) -> None:
        slot.child = Child(slot.program)
        self._watchdog.watch(slot.child.pid)
        self._selector.register(slot.child, selectors.EVENT_READ, slot)

    def _bury(self, slot: _Slot) -> None:
        """Give out its last lines, and end what it may have left behind, such as the workers of a killed master."""
        assert slot.child is not None
        slot.child.kill_group()
        if slot.child.open:
            self._selector.unregister(slot.child)
        for line in slot.child.last_lines():
            self._say(slot.program.name, line)
        self._watchdog.forget(slot.child.pid)
        slot.child.close()
        slot.child = None

    def _stop_all(self) -> None:
        self._stop_requests = max(self._stop_requests, 1)
        order = sorted(enumerate(self._slots), key=lambda item: (item[1].program.stop_turn, -item[0]))
        for _, slot in order:
            if slot.child is not None:
                self._stop(slot, slot.child)

    def _stop(self, slot: _Slot, child: Child) -> None:
        self._say(_OURSELVES, f"stopping {slot.program.name}")
        child.terminate()
        deadline = time.monotonic() + slot.program.stop_seconds
        while slot.child is not None:
            if time.monotonic() > deadline or self._stop_requests > 1:
                self._say(_OURSELVES, f"{slot.program.name} did not end in time; killing it")
                self._bury(slot)
            else:
                self._turn(0.1)

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        # Only a flag: the loop does the work. The second Ctrl-C does not wait for anybody.
        self._stop_requests += 1


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
