"""Which alerts are kept quiet: those that follow from another one, and those that somebody silenced."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from backend.queues.alerts.records import Alert, Silence, muted

_WITHOUT_WORKERS = ("no-progress", "waiting-jobs", "queue-depth", "oldest-waiting")
FOLLOWS_FROM: Mapping[str, tuple[str, ...]] = {
    "redis-down": (
        *_WITHOUT_WORKERS,
        "stale-jobs",
        "slow-jobs",
        "slo-burn",
        "slo-burn:ticket",
        "worker-lost",
        "worker-lost:silent",
        "circuit-open",
        "fallback-rate",
    ),
    "worker-lost": _WITHOUT_WORKERS,
    "no-progress": ("waiting-jobs", "oldest-waiting"),
    "slo-burn": ("slo-burn:ticket",),
}
"""By rule: the rules whose alerts it mutes while it fires, those of the same queue where it is about one."""


def quieten(alerts: Sequence[Alert], silences: Sequence[Silence], now: datetime) -> list[Alert]:
    """The alerts with who mutes each. A cause that is silenced mutes what follows from it all the same."""
    active = [silence for silence in silences if silence.active(now)]
    firing = [alert for alert in alerts if alert.state == "firing"]
    return [muted(alert, active, next(_causes(alert, firing), "")) for alert in alerts]


def _causes(alert: Alert, firing: Sequence[Alert]) -> Iterator[str]:
    """The alerts that this one follows from."""
    for cause in firing:
        same_queue = not cause.queue or cause.queue == alert.queue
        if same_queue and cause.calm_since is None and alert.rule in FOLLOWS_FROM.get(cause.rule, ()):
            yield cause.id
