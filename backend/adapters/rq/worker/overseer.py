"""Starts the worker processes, replaces what dies, and passes signals on: run as a script, it needs no other module of ours.

It is a process that only waits, and is kept as small as the interpreter allows.
"""

import os
import signal
import sys
import time

DONE = 0
"""A worker was told to stop and has: nothing is started in its place."""
WRONG_USE = 2
"""It was not started as it has to be: starting it again is of no use."""
REPLACE = 75
"""A worker has to be replaced at once: a job cannot be stopped otherwise, or it has worked long enough."""

# A job, too, may end its process, with any code: what a child means it says with a signal. These come in full number, also where
# several are sent at once, and by whom; where a system has none of them, it has no `sigtimedwait` either.
_FIRST_SIGNAL: int = getattr(signal, "SIGRTMIN", 0)
READY = _FIRST_SIGNAL
"""What a child sends to its parent before it takes its first job."""
_MEANT = {_FIRST_SIGNAL + 1: DONE, _FIRST_SIGNAL + 2: REPLACE}

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
GOOD_AFTER_S = 60.0
"""A worker that lived for so long is replaced at once when it dies; the next ones wait longer and longer."""
PATIENCE_S = 45.0
"""So long after the stop children may take to end: more than a worker gives its jobs."""
UP_WITHIN_S = 30.0
_STOPS = (signal.SIGTERM, signal.SIGINT)
_DOES_NOT_LISTEN_YET = -signal.SIGTERM
_SIGNALS = {*_STOPS, signal.SIGHUP, signal.SIGCHLD, READY, *_MEANT}


def leave(parent: int, code: int) -> None:
    """For a child of that overseer: end this process, and let the parent know that DONE or REPLACE is meant. Does not return."""
    for number, meant in _MEANT.items():
        if code == meant:
            os.kill(parent, number)
    os._exit(code)


class Overseer:
    """Keeps `processes` copies of a command running until it is told to stop; `run` returns the exit code."""

    def __init__(self, argv: list[str], processes: int, *, json: bool = False, up_within_s: float = UP_WITHIN_S) -> None:
        self._argv = argv
        self._json = json
        self._wanted = processes
        self._up_within_s = up_within_s
        self._since: dict[int, float] = {}
        self._deaths = 0
        self._start_at: list[float] = []
        self._stop_by = 0.0
        self._to_renew: list[int] = []
        self._told: set[int] = set()
        self._ready: set[int] = set()
        self._meant: dict[int, int] = {}
        self._leaving = self._newcomer = 0
        self._newcomer_by = 0.0
        self._code = DONE

    def run(self) -> int:
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._start_at = [time.monotonic()] * self._wanted
        while self._since or self._start_at:
            self._start_due()
            heard = signal.sigtimedwait(_SIGNALS, self._patience_s())
            if heard is not None:
                self._hear(heard.si_signo, heard.si_pid)
            self._reap()
            self._renew()
            if self._stop_by and time.monotonic() >= self._stop_by:
                self._say("workers_are_killed", "Workers do not end in time: they are killed")
                self._tell_all(signal.SIGKILL)
                self._stop_by = time.monotonic() + PATIENCE_S
        if not self._stop_by:
            self._say("no_worker_left", "All workers were stopped for good: the parent ends")
        return self._code

    def _hear_all(self) -> None:
        while heard := signal.sigtimedwait(_SIGNALS, 0):
            self._hear(heard.si_signo, heard.si_pid)

    def _hear(self, number: int, sender: int) -> None:
        if number in _STOPS:
            self._stop()
        elif number == signal.SIGHUP and not self._stop_by:
            self._to_renew = list(self._since)
        elif number == READY and sender in self._since:
            self._is_ready(sender)
        elif number in _MEANT and sender in self._since:
            self._meant[sender] = _MEANT[number]

    def _is_ready(self, pid: int) -> None:
        self._ready.add(pid)
        if pid == self._newcomer:
            self._newcomer = 0
            self._tell_to_stop(self._leaving)

    def _stop(self) -> None:
        """The second time, too, the children hear of it: they end sooner then."""
        if self._stop_by:
            self._tell_all(signal.SIGTERM)
        self._stop_by = self._stop_by or time.monotonic() + PATIENCE_S
        self._start_at = []
        self._give_up_renewing()
        for pid in self._since.keys() - self._told:
            self._tell_to_stop(pid)

    def _start_due(self) -> None:
        now = time.monotonic()
        for due in [at for at in self._start_at if at <= now]:
            self._start_at.remove(due)
            self._start()

    def _start(self) -> int:
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            # In a group of its own: Ctrl-C in a terminal reaches only the overseer, and the children once, from it.
            os.setpgid(0, 0)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            os.execv(self._argv[0], [*self._argv, "--parent", str(parent)])  # noqa: S606 - our own command
        self._since[pid] = time.monotonic()
        return pid

    def _reap(self) -> None:
        while self._since and (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)):
            self._hear_all()  # what it said before it ended is here, though perhaps not heard yet
            pid, status = os.waitpid(ended.si_pid, 0)
            since = self._since.pop(pid, None)
            if since is not None:
                self._ended(pid, os.waitstatus_to_exitcode(status), time.monotonic() - since)

    def _ended(self, pid: int, code: int, lived_s: float) -> None:
        self._to_renew = [other for other in self._to_renew if other != pid]
        self._told.discard(pid)
        meant, never_ready = self._meant.pop(pid, None), pid not in self._ready
        self._ready.discard(pid)
        if self._stop_by:
            self._ended_while_stopping(pid, code, is_well=meant is not None or code == _DOES_NOT_LISTEN_YET)
        elif pid == self._leaving:
            self._leaving = 0  # the new one has its place
        elif pid == self._newcomer and self._leaving:
            self._say("new_worker_failed", f"A new worker did not start (exit code {code}): the others stay")
            self._give_up_renewing()
        elif code == WRONG_USE and never_ready and not self._ready:
            self._code = code
            self._say("wrong_use", f"No worker can be started as things are set (exit code {code}): the parent gives up")
            self._stop()
        elif meant == DONE:
            self._say("worker_stopped_for_good", f"Worker {pid} was stopped for good: none takes its place")
        else:
            self._replace(pid, code, lived_s, is_meant=meant == REPLACE)

    def _ended_while_stopping(self, pid: int, code: int, *, is_well: bool) -> None:
        if not is_well and self._code != WRONG_USE:
            self._code = 1
            self._say("worker_died", f"Worker {pid} ended with {code} before it had stopped: what it ran runs again")

    def _replace(self, pid: int, code: int, lived_s: float, *, is_meant: bool) -> None:
        self._newcomer = 0 if pid == self._newcomer else self._newcomer
        self._deaths = 0 if is_meant or lived_s >= GOOD_AFTER_S else self._deaths + 1
        wait_s = min(FIRST_WAIT_S * 2 ** (self._deaths - 1), LONGEST_WAIT_S) if self._deaths > 0 else 0.0
        self._start_at.append(time.monotonic() + wait_s)
        self._say("worker_is_replaced", f"Worker {pid} ended with {code} after {lived_s:.0f} s and is replaced in {wait_s:g} s")

    def _renew(self) -> None:
        """One after the other: a new one is up before an old one is told to stop."""
        if self._newcomer:
            if time.monotonic() >= self._newcomer_by:
                self._say("new_worker_is_late", f"A new worker is not up after {self._up_within_s:g} s and is ended")
                self._newcomer_by = time.monotonic() + self._up_within_s  # its end is heard of in a moment, as that of the newcomer
                self._tell(self._newcomer, signal.SIGKILL)
        elif self._to_renew and not self._leaving:
            self._leaving = self._to_renew.pop(0)
            self._newcomer_by = time.monotonic() + self._up_within_s
            self._newcomer = self._start()

    def _give_up_renewing(self) -> None:
        self._to_renew, self._leaving, self._newcomer = [], 0, 0

    def _patience_s(self) -> float:
        moments = [*self._start_at, *([self._stop_by] if self._stop_by else []), *([self._newcomer_by] if self._newcomer else [])]
        return max(0.01, min(moments, default=time.monotonic() + 3600) - time.monotonic())

    def _tell_all(self, number: int) -> None:
        for pid in list(self._since):
            self._tell(pid, number)

    def _tell_to_stop(self, pid: int) -> None:
        self._told.add(pid)
        self._tell(pid, signal.SIGTERM)

    def _tell(self, pid: int, number: int) -> None:
        if pid in self._since:  # not waited for yet: the number cannot be another process's
            os.kill(pid, number)

    def _say(self, event: str, text: str) -> None:
        sys.stderr.write(line(event, text, time.time(), json=self._json) + "\n")
        sys.stderr.flush()


def line(event: str, text: str, at: float, *, json: bool) -> str:
    """A line as the log of the workers has it: a logger would cost the overseer more memory than all the rest. No quotes in `text`."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e6):06}Z"
    if json:
        return f'{{"time": "{moment}", "level": "warning", "event": "{event}", "message": "{text}", "component": "worker.overseer"}}'
    return f"{moment} [warning  ] {text} event={event} component=worker.overseer"


if __name__ == "__main__":
    given = sys.argv[1:]
    as_json = given[0] == "--json"
    processes, *command = given[1:] if as_json else given
    sys.exit(Overseer(command, int(processes), json=as_json).run())
