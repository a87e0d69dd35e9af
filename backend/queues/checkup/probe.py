"""Looks at a server in a thread of its own, so that whoever asks waits a moment at most, even where the server never answers."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Generic, TypeVar

Value = TypeVar("Value")
FRESH_S = 1.0
"""What is younger is not looked at again, however many ask."""


@dataclass(frozen=True)
class Reading(Generic[Value]):
    """What was seen last, `age_s` ago; None, and no age, where nothing was seen yet.

    `error` is what the last look ended with, empty where it ended well. `pending_s` is how long a look has been waiting for its
    answer, 0 where none is under way.
    """

    value: Value | None
    age_s: float | None
    error: str
    pending_s: float


class Probe(Generic[Value]):
    """One look at a time, and only when somebody asks. The thread begins with the first question, and ends with `close` or the process."""

    def __init__(
        self,
        name: str,
        look: Callable[[], Value],
        *,
        fresh_s: float = FRESH_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._look = look
        self._fresh_s = fresh_s
        self._monotonic = monotonic
        self._change = Condition()
        self._thread: Thread | None = None
        self._closed = False
        self._value: Value | None = None
        self._seen_at: float | None = None
        self._seen_from: float | None = None
        self._ended_at: float | None = None
        self._error = ""
        self._since: float | None = None

    def ask(self) -> None:
        """Let somebody look, unless a look is under way or one has just ended; nobody waits."""
        with self._change:
            now = self._monotonic()
            lives = self._thread is not None and self._thread.is_alive()  # after a fork it does not
            is_fresh = self._ended_at is not None and now - self._ended_at < self._fresh_s
            if self._closed or (lives and self._since is not None) or is_fresh:
                return
            self._since = now
            if not lives:
                self._thread = Thread(target=self._go_on, name=f"checkup-{self._name}", daemon=True)
                self._thread.start()
            self._change.notify_all()

    def reading(self, patience_s: float) -> Reading[Value]:
        """What is known, after waiting so long at most for a look that has been under way for less than that."""
        with self._change:
            if self._since is not None and (left := patience_s - (self._monotonic() - self._since)) > 0:
                self._change.wait_for(lambda: self._since is None, left)
            now = self._monotonic()
            return Reading(
                value=self._value,
                age_s=None if self._seen_at is None else now - self._seen_at,
                error=self._error,
                pending_s=0.0 if self._since is None else now - self._since,
            )

    def anew(self, patience_s: float) -> Value | None:
        """What a look finds that begins now, or has ended less than `fresh_s` ago; None where it does not end well in that time.

        Nothing older is shown: for whoever must not go back behind what another process has shown.
        """
        asked = self._monotonic()
        with self._change:
            # A look that is under way already may have seen what was before.
            self._change.wait_for(lambda: self._since is None or self._since >= asked, patience_s)
        self.ask()
        with self._change:
            left = max(0.0, patience_s - (self._monotonic() - asked))
            self._change.wait_for(lambda: self._since is None or self._is_of(asked), left)
            return self._value if self._is_of(asked) else None

    def close(self) -> None:
        """Nobody looks any more; a look that hangs is left to itself."""
        with self._change:
            self._closed = True
            self._change.notify_all()

    def _is_of(self, asked: float) -> bool:
        if self._error or self._seen_from is None or self._seen_at is None:
            return False
        return self._seen_from >= asked or (self._fresh_s > 0 and asked - self._seen_at < self._fresh_s)

    def _go_on(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or self._since is not None)
                if self._closed:
                    return
                began = self._since
            value, error = self._look_once()
            with self._change:
                self._ended_at = self._monotonic()
                self._since, self._error = None, error
                if not error:
                    self._value, self._seen_at, self._seen_from = value, self._ended_at, began
                self._change.notify_all()

    def _look_once(self) -> tuple[Value | None, str]:
        try:
            return self._look(), ""
        except Exception as error:  # noqa: BLE001 - whatever went wrong is the answer, and is told in it
            return None, f"{type(error).__name__}: {error}"
