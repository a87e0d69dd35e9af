"""Asks what may hang without hanging itself: in a thread, and waited for a moment."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from backend.errors import Unavailable
from backend.telemetry.logs import logger

Value = TypeVar("Value")
HANGS_AFTER_S = 1.0
log = logger("telemetry")


@dataclass
class _Question(Generic[Value]):
    began: float
    answered: threading.Event = field(default_factory=threading.Event)
    answer: Value | None = None


class Glance(Generic[Value]):
    """At most one question is under way at a time, however many look, and however long it takes."""

    def __init__(self, name: str, ask: Callable[[], Value], *, patience_s: float, fresh_s: float = 0.0) -> None:
        """`ask` may raise Unavailable, or hang. An answer to what was asked less than `fresh_s` ago is shown again."""
        self._name = name
        self._ask = ask
        self._patience_s = patience_s
        self._fresh_s = fresh_s
        self._lock = threading.Lock()
        self._last: _Question[Value] | None = None
        self._answers: bool | None = None

    def look(self, patience_s: float | None = None) -> Value | None:
        """An answer that is not older than this look, but for `fresh_s`; None where there is none in time.

        Who has no hurry may bring more patience.
        """
        began = time.monotonic()
        until = began + (self._patience_s if patience_s is None else patience_s)
        while True:
            question = self._begin(began - self._fresh_s)
            if not question.answered.wait(max(0.0, until - time.monotonic())):
                return None
            if question.began >= began - self._fresh_s:
                return question.answer

    @property
    def answers(self) -> bool | None:
        """Whether the last question was answered and the one under way does not hang; None where that is not known yet."""
        question = self._last
        hangs = question is not None and not question.answered.is_set() and time.monotonic() - question.began > HANGS_AFTER_S
        return False if hangs else self._answers

    def _begin(self, since: float) -> _Question[Value]:
        """The question that is under way, or has a good answer from then or later; else a new one."""
        with self._lock:
            last = self._last
            if last is not None and (not last.answered.is_set() or (last.answer is not None and last.began >= since)):
                return last
            question = self._last = _Question[Value](time.monotonic())
            threading.Thread(target=self._run, args=(question,), name=f"glance-{self._name}", daemon=True).start()
            return question

    def _run(self, question: _Question[Value]) -> None:
        try:
            question.answer, self._answers = self._ask(), True
        except Unavailable as error:
            self._answers = False
            log.info("A part of the metrics is missing", part=self._name, detail=str(error))
        except Exception:
            # It was asked for a page that has other parts, too.
            self._answers = False
            log.exception("A part of the metrics failed", part=self._name)
        finally:
            question.answered.set()
