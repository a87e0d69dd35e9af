"""What is told of how everything does: the page of Prometheus, and insight into the apps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from backend.clock import Clock
from backend.queues.insight import GACP
from backend.queues.platform import QueuePlatform
from backend.queues.roster import Roster
from backend.services.herbs import herbs
from backend.services.insight import Insight
from backend.services.metrics_page import MetricsPage
from backend.services.standing import Thresholds
from backend.settings import Settings


@dataclass(frozen=True)
class Observed:
    """Both look at the same numbers."""

    metrics: MetricsPage
    insight: Insight


def observe(
    settings: Settings,
    platform: QueuePlatform,
    clock: Clock,
    *,
    outbox: Callable[[], tuple[int, datetime | None]],
    roster: Roster | None,
) -> Observed:
    """`outbox` tells how many applications have events that somebody has not heard, and since when; `roster` of workers, where any are."""
    return Observed(
        MetricsPage(platform, clock=clock, outbox=outbox, roster=roster),
        Insight(platform, clock, Thresholds.of(settings), {GACP: herbs(clock)}),
    )
