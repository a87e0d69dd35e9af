"""A report as JSON, in the shapes of the three contracts that ask for it; `backend.api.health_views` documents the keys."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from backend.clock import to_iso
from backend.queues.checkup.judging import QueueReport, Report, Status, counted
from backend.queues.names import QUEUES

OLD_S = 10.0
"""Numbers older than that are said to be stale: nobody had asked for a while, and the look that this question began takes longer."""
Connection = Literal["connected", "disconnected", "disabled", "unknown"]


def connection(report: Report) -> Connection:
    """Whether Redis is connected, in the words of the contracts."""
    if report.redis is None:
        return "unknown"
    words: dict[str, Connection] = {"up": "connected", "away": "disconnected", "off": "disabled"}
    return words[report.redis.state]


def health_body(report: Report) -> dict[str, Any]:
    """Redis, every queue, and all together."""
    return {
        "status": report.verdict.status,
        "timestamp": to_iso(report.at),
        "redis": _redis(report),
        "queues": [_queue(each) for each in report.queues],
        "summary": _summary(report),
        "issues": list(report.verdict.issues),
        "observed": {
            "queuesAge": _millis(report.queues_age_s),
            "redisAge": _millis(report.redis_age_s),
            "stale": _is_stale(report),
            "windowMinutes": round(report.span.total_seconds() / 60),
        },
    }


def flows_body(report: Report, *, enable_queue: bool) -> dict[str, Any]:
    """How fast each queue is worked off."""
    seen = [each.seen for each in report.queues if each.seen]
    runs, ended = sum(each.window.run.count for each in seen), sum(each.window.ended for each in seen)
    return {
        "status": report.verdict.status,
        "timestamp": to_iso(report.at),
        "cloudTasksEnabled": enable_queue,
        "queues": {each.name: _flow(each) for each in report.queues},
        "processingStats": {
            "totalJobsProcessed": sum(each.ever for each in seen),
            "activeJobs": counted(report.queues)["active"],
            "averageProcessingTime": round(sum(each.window.run.total_us for each in seen) / runs / 1000) if runs else 0,
            "errorRate": _rate(sum(each.window.failed for each in seen) / ended if ended else None),
        },
    }


def app_body(report: Report, app: str, queues: Collection[str], *, version: str) -> dict[str, Any]:
    """One app, whose jobs go to these queues; without any it has no code here yet."""
    own = [each for each in report.queues if each.name in queues]
    statuses: set[Status] = {each.verdict.status for each in own} | {report.documents.status, report.redis_verdict.status}
    is_stored = report.documents.status == "healthy"
    return {
        "status": "unhealthy" if "unhealthy" in statuses else "degraded" if "degraded" in statuses else "healthy",
        "timestamp": to_iso(report.at),
        "app": app,
        "version": version,
        "checks": {
            "database": {"status": "connected" if is_stored else "disconnected"},
            "redis": {"status": connection(report)},
            "queue": {
                "status": _operational({each.verdict.status for each in own}, is_stored=is_stored),
                "counts": {state: number for state, number in counted(own).items() if state != "paused" or number},
            },
        },
        "phase": "Production Ready" if queues else "Planned",
    }


def _is_stale(report: Report) -> bool:
    is_away = report.documents.status != "healthy" or connection(report) == "disconnected"
    return is_away or max(report.queues_age_s or 0.0, report.redis_age_s or 0.0) > OLD_S


def _redis(report: Report) -> dict[str, Any]:
    vitals = report.redis.vitals if report.redis else None
    took = report.redis.response_ms if report.redis else None
    return {
        "status": report.redis_verdict.status,
        "connectionStatus": connection(report),
        "responseTime": None if took is None else round(took, 1),
        "memory": {"used": _megabytes(vitals.used_bytes if vitals else 0), "peak": _megabytes(vitals.peak_bytes if vitals else 0)},
        "clients": vitals.clients if vitals else None,
        "uptime": vitals.uptime_s if vitals else None,
        "issues": list(report.redis_verdict.issues),
    }


def _queue(report: QueueReport) -> dict[str, Any]:
    seen = report.seen
    last = seen.window.last_ended_at if seen else None
    return {
        "queueName": report.name,
        "status": report.verdict.status,
        "stats": dict(seen.stats) if seen else counted(()),
        "details": {
            "isRunning": report.is_served,
            "isPaused": bool(seen and seen.is_paused),
            "processingCapacity": report.capacity,
            "avgProcessingTime": round((seen.window.average_run_ms if seen else None) or 0),
            "errorRate": _rate(seen.window.error_rate if seen else None),
            "lastJobProcessed": to_iso(last) if last else None,
        },
        "issues": list(report.verdict.issues),
    }


def _summary(report: Report) -> dict[str, Any]:
    statuses = [each.verdict.status for each in report.queues]
    return {
        "totalQueues": len(QUEUES),
        "healthyQueues": statuses.count("healthy"),
        "degradedQueues": statuses.count("degraded"),
        "unhealthyQueues": statuses.count("unhealthy"),
        "totalJobs": counted(report.queues),
    }


def _flow(report: QueueReport) -> Mapping[str, float]:
    seen = report.seen
    if seen is None:
        return {"depth": 0, "processingRate": 0.0, "errorRate": 0.0}
    depth = seen.stats["waiting"] + seen.stats["paused"] + seen.stats["active"]
    return {"depth": depth, "processingRate": round(seen.window.per_minute, 3), "errorRate": _rate(seen.window.error_rate)}


def _operational(statuses: Collection[Status], *, is_stored: bool) -> Literal["operational", "degraded", "down"]:
    if not is_stored or "unhealthy" in statuses:
        return "down"
    return "degraded" if "degraded" in statuses else "operational"


def _rate(share: float | None) -> float:
    return round(share or 0.0, 4)


def _megabytes(size: int) -> str:
    return f"{size / 1_048_576:.1f}MB"


def _millis(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
