"""The status words of seed 002: how good a number is, by the thresholds at which alerts are raised."""

from dataclasses import dataclass
from typing import Self

from backend.settings import Settings

UNKNOWN = "unknown"
"""Nothing has happened by which it could be told."""


@dataclass(frozen=True)
class Thresholds:
    """Where a word changes into the next: percents, milliseconds and jobs, as the settings have them."""

    error_warning: float
    error_critical: float
    slow_ms: float
    too_slow_ms: float
    busy: int
    overloaded: int
    refund_warning: float
    refund_critical: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            error_warning=settings.alert_error_rate_percent,
            error_critical=settings.alert_error_rate_critical_percent,
            slow_ms=settings.alert_slow_s * 1_000,
            too_slow_ms=settings.alert_slow_critical_s * 1_000,
            busy=settings.alert_depth,
            overloaded=settings.alert_depth_critical,
            refund_warning=settings.alert_refund_percent / 2,
            refund_critical=settings.alert_refund_percent,
        )

    def success(self, percent: float | None) -> str:
        """Of a success rate: `good` above 95, `warning` from 90, `critical` below."""
        if percent is None:
            return UNKNOWN
        if percent > 100 - self.error_warning:
            return "good"
        return "warning" if percent >= 100 - self.error_critical else "critical"

    def performance(self, millis: float | None) -> str:
        """Of an average time: `good` below 30 s, `slow` up to 60 s, `critical` above."""
        if millis is None:
            return UNKNOWN
        if millis < self.slow_ms:
            return "good"
        return "slow" if millis <= self.too_slow_ms else "critical"

    def queue(self, depth: int) -> str:
        """Of a depth: `healthy` below 100, `busy` up to 500, `overloaded` above."""
        if depth < self.busy:
            return "healthy"
        return "busy" if depth <= self.overloaded else "overloaded"

    def credits(self, percent: float) -> str:
        """Of a refund rate: `good` below 5, `warning` up to 10, `critical` above."""
        if percent < self.refund_warning:
            return "good"
        return "warning" if percent <= self.refund_critical else "critical"
