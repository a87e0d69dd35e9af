"""Everything about dead letters that one process needs, put together."""

from dataclasses import dataclass
from datetime import timedelta

from backend.queues.cause_book import CauseBook
from backend.queues.causes import sightings
from backend.queues.dead_control import DeadControl
from backend.queues.dead_filter import DeadFilter
from backend.queues.dead_ports import Replays
from backend.queues.middleware.group_causes import GroupCauses
from backend.queues.ports import Outside
from backend.queues.regrouping import Regrouping
from backend.queues.replaying import Replaying

LOOKED_AT = 500
BY_THEN_WRITTEN = timedelta(seconds=30)
"""What gave up so long ago its process has written down, where it lives: it would be counted twice otherwise."""
CAUSES_KEPT = timedelta(days=90)
REPLAYS_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class DeadOffice:
    """`causes` is the book that people read and mark, `grouping` writes into it; `control` deals with dead letters, `replaying` with
    many of them in waves."""

    outside: Outside
    causes: CauseBook
    grouping: GroupCauses
    control: DeadControl
    replaying: Replaying
    regrouping: Regrouping

    def group_missing(self) -> int:
        """Find the causes of the newest dead letters that are in no book, as their process was killed; returns how many."""
        long_ago = self.outside.clock.now() - BY_THEN_WRITTEN
        newest = self.outside.ledger.dead(DeadFilter(before=long_ago), limit=LOOKED_AT).items
        return self.causes.group_missing(list(sightings(newest).values()))

    def forget_old(self) -> int:
        """Forget causes that ended no job for a long time, and replays that ended long ago; returns how many."""
        now = self.outside.clock.now()
        return self.causes.forget(now - CAUSES_KEPT) + self.replaying.forget(now - REPLAYS_KEPT)


def dead_office(outside: Outside, control: DeadControl, grouping: GroupCauses, replays: Replays) -> DeadOffice:
    """Connect the parts."""
    replaying = Replaying(replays, control, outside.ledger, outside.clock)
    return DeadOffice(outside, grouping.book, grouping, control, replaying, Regrouping(grouping.book))
