"""Ends a worker's process, or lets it fall asleep, in the moment that a round asks for: before or after the n-th call of a port."""

import os
import signal
from dataclasses import dataclass
from types import SimpleNamespace


@dataclass(frozen=True)
class Fault:
    """`part` is `broker` or `ledger`; whichever of the `methods` is called counts."""

    part: str
    methods: tuple[str, ...]
    when: str


FAULTS = {
    "just delivered": Fault("broker", ("answer", "turn_when_rung", "take"), "after"),
    "while a turn is under way": Fault("broker", ("begin_turn",), "after"),
    "before a claim or an end is written": Fault("ledger", ("save_many", "save"), "before"),
    "after a claim or an end is written": Fault("ledger", ("save_many", "save"), "after"),
    "before Redis hears of the end": Fault("broker", ("begin_turn", "acknowledge", "bury", "hand_over"), "before"),
    "while leases are renewed": Fault("ledger", ("renew_many", "renew"), "after"),
}
BLOWS = {"die": signal.SIGKILL, "sleep": signal.SIGSTOP}


class Mortal:
    """Passes everything on to `part`; one call is hit by the blow."""

    def __init__(self, part, fault, count, strike):
        self._part = part
        self._fault = fault
        self._left = count
        self._strike = strike

    def __getattr__(self, name):
        found = getattr(self._part, name)
        if name == "begin_turn":
            found = self._with_answer(found)
        return self._watched(found) if name in self._fault.methods else found

    def _with_answer(self, begin_turn):
        """A turn's answer is read from what `begin_turn` gives: that counts as a method, too."""

        def call(*arguments):
            under_way = begin_turn(*arguments)
            if "answer" in self._fault.methods:
                return SimpleNamespace(is_answered=under_way.is_answered, answer=self._watched(under_way.answer))
            return under_way

        return call

    def _watched(self, method):
        def call(*arguments, **options):
            self._left -= 1
            now = self._left == 0
            if now and self._fault.when == "before":
                self._strike()
            answer = method(*arguments, **options)
            if now and self._fault.when == "after":
                self._strike()
            return answer

        return call


def with_fault(parts, name, count, blow):
    """The parts by name, where the one that the fault is about strikes this process at its n-th call; as they are without a fault."""
    if not name:
        return parts
    fault = FAULTS[name]
    return parts | {fault.part: Mortal(parts[fault.part], fault, count, lambda: os.kill(os.getpid(), BLOWS[blow]))}
