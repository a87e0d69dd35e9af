"""Puts the check-up together: called once, by the composition root."""

from collections.abc import Callable

from backend.queues.checkup.checkup import Checkup
from backend.queues.checkup.looking import Looks
from backend.queues.checkup.thresholds import thresholds
from backend.queues.platform import QueuePlatform
from backend.queues.window import Window
from backend.settings import Settings


def make_checkup(settings: Settings, platform: QueuePlatform, ping_documents: Callable[[], None], window: Window | None) -> Checkup:
    """Nothing is looked at before somebody asks."""
    limits = thresholds(settings)
    looks = Looks(
        platform.outside,
        circuit=platform.circuit,
        numbers=platform.numbers,
        redis=window,
        span=limits.window,
        idle=limits.idle,
        silent=limits.silent,
    )
    return Checkup(ping_documents, looks, limits, platform.outside.clock, inline=settings.inline_jobs)
