"""Divides the room of a worker among its queues, so that each gets its part and none starves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend.queues.ports import Lane


@dataclass(frozen=True)
class LaneRule:
    """What holds for one queue now. `slots`: of one worker it takes so many at most; the rest holds across all workers."""

    queue: str
    weight: int = 1
    slots: int | None = None
    max_active: int | None = None
    rate_max: int = 0
    rate_duration_ms: int = 0


class Shares:
    """Weighted fair order: a queue that had less than its part comes first in the next turn.

    Each queue has a clock that its own jobs move, the slower the heavier the queue; the one whose clock is behind is next.
    """

    def __init__(self) -> None:
        self._clocks: dict[str, float] = {}

    def lanes(self, rules: Sequence[LaneRule], room: int, busy: Mapping[str, int]) -> list[Lane]:
        """The lanes of a turn with that much room, in the order of serving; `busy` is what each queue has taken here."""
        total = sum(rule.weight for rule in rules) or 1
        ordered = sorted(rules, key=lambda rule: self._clocks.get(rule.queue, 0.0))
        lanes = [_lane(rule, room, total, busy.get(rule.queue, 0)) for rule in ordered]
        return [lane for lane in lanes if lane.room > 0]

    def served(self, rules: Iterable[LaneRule], taken: Mapping[str, int]) -> None:
        """Move the clocks by what a turn has brought. One that had nothing to offer saves up no claim for later."""
        begun = [self._clocks.get(queue, 0.0) for queue in taken]
        least = min(begun, default=0.0)
        for rule in rules:
            now, count = self._clocks.get(rule.queue, 0.0), taken.get(rule.queue, 0)
            self._clocks[rule.queue] = now + count / rule.weight if count else max(now, least)


def _lane(rule: LaneRule, room: int, total: int, busy: int) -> Lane:
    own = room if rule.slots is None else min(room, rule.slots - busy)
    return Lane(
        queue=rule.queue,
        share=min(own, room * rule.weight // total),  # the odd rest goes by the order of serving
        room=own,
        max_active=rule.max_active,
        rate_max=rule.rate_max,
        rate_duration_ms=rule.rate_duration_ms,
    )
