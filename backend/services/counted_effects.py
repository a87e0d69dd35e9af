"""Counts effects by kind and by what became of them, around the ledger of effects."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.certification.ports import Effect, Effects
from backend.errors import TemporaryFailure
from backend.queues.numbers import NumbersRecorder
from backend.queues.numbers.keys import EFFECTS

EFFECT_KINDS = ("letter", "calendar", "report")
MOST_UNDER_WAY = 1_000
DONE, REPEATED, RELEASED, BUSY = "done", "repeated", "released", "busy"
RESULTS = (DONE, REPEATED, RELEASED, BUSY)
"""It was done; it was spared, as it had been done before; it failed and may be tried again; another was doing it."""


class CountedEffects:
    """`backend.certification.ports.Effects` over another one."""

    def __init__(self, effects: Effects, recorder: NumbersRecorder) -> None:
        self._effects = effects
        self._recorder = recorder
        self._begun: dict[str, str] = {}

    def begin(self, key: str, kind: str, *, subject: str = "", what: str = "") -> bool:
        try:
            mine = self._effects.begin(key, kind, subject=subject, what=what)
        except TemporaryFailure:
            self._count(kind, BUSY)
            raise
        if mine:
            self._begun[key] = kind
            if len(self._begun) > MOST_UNDER_WAY:
                self._begun.pop(next(iter(self._begun)), None)  # of one that nobody ends: it may or may not have happened
        else:
            self._count(kind, REPEATED)
        return mine

    def done(self, key: str, outcome: Mapping[str, Any]) -> None:
        self._effects.done(key, outcome)
        self._end(key, DONE)

    def release(self, key: str) -> None:
        self._effects.release(key)
        self._end(key, RELEASED)

    def outcome(self, key: str) -> Mapping[str, Any] | None:
        return self._effects.outcome(key)

    def of(self, subject: str) -> Sequence[Effect]:
        return self._effects.of(subject)

    def find(self, key: str) -> Effect | None:
        return self._effects.find(key)

    def _end(self, key: str, result: str) -> None:
        kind = self._begun.pop(key, None)
        if kind is not None:
            self._count(kind, result)

    def _count(self, kind: str, result: str) -> None:
        self._recorder.count_now(EFFECTS, kind, result)
