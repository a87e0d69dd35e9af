"""Looks at something that may hang without hanging itself: asks in a thread, waits a moment, and otherwise shows what it saw last."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from backend.errors import Unavailable
from backend.telemetry.logs import logger

Value = TypeVar("Value")
HANGS_AFTER_S = 1.0
log = logger("telemetry")


@dataclass(frozen=True)
class Seen(Generic[Value]):
    """What was seen so many seconds ago."""

    value: Value
    age_s: float


@dataclass
class _Question:
    began: float
    answered: threading.Event


class Glance(Generic[Value]):
    """At most one question is under way at a time, however many look, and however long it takes."""

    def __init__(self, name: str, ask: Callable[[], Value], *, patience_s: float, fresh_s: float = 1.0) -> None:
        """`ask` may raise Unavailable, or hang. An answer younger than `fresh_s` is shown again."""
        self._name = name
        self._ask = ask
        self._patience_s = patience_s
        self._fresh_s = fresh_s
        self._lock = threading.Lock()
        self._seen: tuple[Value, float] | None = None
        self._answers: bool | None = None
        self._question: _Question | None = None

    def look(self, patience_s: float | None = None) -> Seen[Value] | None:
        """The newest answer; None where there has not been one. Who has no hurry may bring more patience."""
        seen = self._newest()
        if seen is None or seen.age_s > self._fresh_s or self._answers is False:
            self._begin().wait(self._patience_s if patience_s is None else patience_s)
            seen = self._newest()
        return seen

    @property
    def answers(self) -> bool | None:
        """Whether the last question was answered and the one under way does not hang; None where that is not known yet."""
        question = self._question
        hangs = question is not None and not question.answered.is_set() and time.monotonic() - question.began > HANGS_AFTER_S
        return False if hangs else self._answers

    def _newest(self) -> Seen[Value] | None:
        seen = self._seen
        return None if seen is None else Seen(seen[0], time.monotonic() - seen[1])

    def _begin(self) -> threading.Event:
        with self._lock:
            if self._question is None or self._question.answered.is_set():
                self._question = _Question(time.monotonic(), threading.Event())
                threading.Thread(target=self._run, args=(self._question,), name=f"glance-{self._name}", daemon=True).start()
            return self._question.answered

    def _run(self, question: _Question) -> None:
        try:
            self._seen, self._answers = (self._ask(), question.began), True
        except Unavailable as error:
            self._answers = False
            log.info("A part of the metrics is missing", part=self._name, detail=str(error))
        except Exception:
            # It was asked for a page that has other parts, too.
            self._answers = False
            log.exception("A part of the metrics failed", part=self._name)
        finally:
            question.answered.set()
