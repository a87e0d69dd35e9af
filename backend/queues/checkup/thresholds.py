"""From which number on a queue is degraded, and from which unhealthy: the thresholds of the alerts, as the settings have them."""

from dataclasses import dataclass
from datetime import timedelta

from backend.settings import Settings


@dataclass(frozen=True)
class Thresholds:
    """Over the first of two numbers a queue is degraded, over the `critical` one unhealthy. Rates are shares from 0 to 1.

    `least`: with fewer ended jobs a rate tells nothing. `idle`: so long a queue with waiting jobs may end none.
    """

    window: timedelta
    failed: int
    waiting: int
    depth: int
    depth_critical: int
    error_rate: float
    error_rate_critical: float
    least: int
    slow_ms: float
    slow_critical_ms: float
    stale: int
    stale_critical: int
    idle: timedelta
    redis_memory: float
    silent: timedelta


def thresholds(settings: Settings) -> Thresholds:
    """Those of this installation."""
    return Thresholds(
        window=timedelta(minutes=settings.health_window_minutes),
        failed=settings.alert_failed_jobs,
        waiting=settings.alert_waiting_jobs,
        depth=settings.alert_depth,
        depth_critical=settings.alert_depth_critical,
        error_rate=settings.alert_error_rate_percent / 100,
        error_rate_critical=settings.alert_error_rate_critical_percent / 100,
        least=settings.alert_min_events,
        slow_ms=settings.alert_slow_s * 1000,
        slow_critical_ms=settings.alert_slow_critical_s * 1000,
        stale=settings.alert_stale_jobs,
        stale_critical=settings.alert_stale_jobs_critical,
        idle=timedelta(minutes=settings.alert_no_progress_minutes),
        redis_memory=settings.alert_redis_memory_percent / 100,
        silent=timedelta(seconds=settings.alert_worker_silent_s),
    )
