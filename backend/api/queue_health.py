"""How queues, Redis and the apps are, for monitoring systems; each answers within 50 ms, also while a server hangs."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Literal

from flask import Blueprint, Response, json
from pydantic import BaseModel

from backend.api.health_views import (
    AppHealthView,
    AppQueueView,
    ChecksView,
    CheckView,
    Connection,
    DetailsView,
    FlowsView,
    FlowView,
    HealthView,
    MemoryView,
    ObservedView,
    ProcessingView,
    QueueView,
    RedisView,
    StatsView,
    Status,
    SummaryView,
)
from backend.clock import to_iso
from backend.errors import NotFound
from backend.queues.checkup.judging import QueueReport, Report, Verdict, counted
from backend.queues.insight import APPS, GACP
from backend.web.endpoint import Endpoint, endpoint
from backend.web.gates import public
from backend.web.monitoring import monitoring
from backend.web.state import use_cases

blueprint = Blueprint("queue_health", __name__)
_D4 = Endpoint("How Redis and every queue are", monitoring, HealthView, others={503: HealthView})
_FLOWS = Endpoint("How fast the queues are worked off", monitoring, FlowsView, others={503: FlowsView})
_APP = Endpoint("How an app is", public, AppHealthView, others={503: AppHealthView})


@endpoint(blueprint, "GET", "/api/v1/health/queues", spec=_D4)
def queue_health() -> Response:
    report = use_cases().checkup.report()
    body = HealthView(
        status=report.verdict.status,
        timestamp=to_iso(report.at),
        redis=_redis(report),
        queues=[_queue(each) for each in report.queues],
        summary=_summary(report),
        issues=list(report.verdict.issues),
        observed=_observed(report),
    )
    return _answer(report.verdict, body)


@endpoint(blueprint, "GET", "/api/health/queues", spec=_FLOWS)
def queue_flows() -> Response:
    report = use_cases().checkup.report()
    seen = [each.seen for each in report.queues if each.seen]
    runs = sum(each.window.run.count for each in seen)
    ended = sum(each.window.ended for each in seen)
    body = FlowsView(
        status=report.verdict.status,
        timestamp=to_iso(report.at),
        cloud_tasks_enabled=use_cases().settings.enable_queue,
        queues={each.name: _flow(each) for each in report.queues},
        processing_stats=ProcessingView(
            total_jobs_processed=sum(each.ever for each in seen),
            active_jobs=counted(report.queues)["active"],
            average_processing_time=round(sum(each.window.run.total_us for each in seen) / runs / 1000) if runs else 0,
            error_rate=_rate(sum(each.window.failed for each in seen) / ended if ended else None),
        ),
    )
    return _answer(report.verdict, body)


@endpoint(blueprint, "GET", "/api/apps/<app>/health", spec=_APP)
def app_health(app: str) -> Response:
    if app not in APPS:
        raise NotFound(f"There is no app {app!r}: the apps are {', '.join(APPS)}")
    report = use_cases().checkup.report()
    queues = [each for each in report.queues if each.name in _queues_of(app)]
    database = "connected" if report.documents.status == "healthy" else "disconnected"
    statuses = {each.verdict.status for each in queues} | {report.documents.status, report.redis_verdict.status}
    status: Status = "unhealthy" if "unhealthy" in statuses else "degraded" if "degraded" in statuses else "healthy"
    body = AppHealthView(
        status=status,
        timestamp=to_iso(report.at),
        app=app,
        version=version("gacp"),
        checks=ChecksView(
            database=CheckView(status=database),
            redis=CheckView(status=_connection(report)),
            queue=AppQueueView(status=_operational(queues, database), counts=_app_counts(queues)),
        ),
        phase="Production Ready" if queues else "Planned",
    )
    return _answer(Verdict(status, ()), body)


def _answer(verdict: Verdict, body: BaseModel) -> Response:
    text = json.dumps(body.model_dump(mode="json", by_alias=True), ensure_ascii=False, sort_keys=False)
    return Response(text, 503 if verdict.status == "unhealthy" else 200, content_type="application/json")


def _redis(report: Report) -> RedisView:
    vitals = report.redis.vitals if report.redis else None
    took = report.redis.response_ms if report.redis else None
    return RedisView(
        status=report.redis_verdict.status,
        connection_status=_connection(report),
        response_time=None if took is None else round(took, 1),
        memory=MemoryView(used=_megabytes(vitals.used_bytes if vitals else 0), peak=_megabytes(vitals.peak_bytes if vitals else 0)),
        clients=vitals.clients if vitals else None,
        uptime=vitals.uptime_s if vitals else None,
        issues=list(report.redis_verdict.issues),
    )


def _connection(report: Report) -> Connection:
    if report.redis is None:
        return "unknown"
    words: dict[str, Connection] = {"up": "connected", "away": "disconnected", "off": "disabled"}
    return words[report.redis.state]


def _queue(report: QueueReport) -> QueueView:
    seen = report.seen
    last = seen.window.last_ended_at if seen else None
    return QueueView(
        queue_name=report.name,
        status=report.verdict.status,
        stats=StatsView.model_validate(seen.stats if seen else counted(())),
        details=DetailsView(
            is_running=report.is_served,
            is_paused=bool(seen and seen.is_paused),
            processing_capacity=report.capacity,
            avg_processing_time=round((seen.window.average_run_ms if seen else None) or 0),
            error_rate=_rate(seen.window.error_rate if seen else None),
            last_job_processed=to_iso(last) if last else None,
        ),
        issues=list(report.verdict.issues),
    )


def _summary(report: Report) -> SummaryView:
    numbers = {status: sum(each.verdict.status == status for each in report.queues) for status in ("healthy", "degraded", "unhealthy")}
    return SummaryView(
        total_queues=len(report.queues),
        healthy_queues=numbers["healthy"],
        degraded_queues=numbers["degraded"],
        unhealthy_queues=numbers["unhealthy"],
        total_jobs=StatsView.model_validate(counted(report.queues)),
    )


def _observed(report: Report) -> ObservedView:
    return ObservedView(
        queues_age=_millis(report.queues_age_s),
        redis_age=_millis(report.redis_age_s),
        stale=report.documents.status != "healthy" or _connection(report) == "disconnected",
        window_minutes=round(use_cases().checkup.span.total_seconds() / 60),
    )


def _flow(report: QueueReport) -> FlowView:
    seen = report.seen
    if seen is None:
        return FlowView(depth=0, processing_rate=0, error_rate=0)
    depth = seen.stats["waiting"] + seen.stats["paused"] + seen.stats["active"]
    return FlowView(depth=depth, processing_rate=round(seen.window.per_minute, 3), error_rate=_rate(seen.window.error_rate))


def _queues_of(app: str) -> Sequence[str]:
    """The queues that jobs of the app go to: every queue that is not another app's alone is the certification's own."""
    kinds = list(use_cases().queue_platform.registry)
    theirs = {kind.queue for kind in kinds if kind.generation is not None and kind.generation.app == app}
    return sorted(theirs | ({kind.queue for kind in kinds if kind.generation is None} if app == GACP else set()))


def _app_counts(queues: Sequence[QueueReport]) -> Mapping[str, int]:
    return {state: number for state, number in counted(queues).items() if state != "paused" or number}


def _operational(queues: Sequence[QueueReport], database: str) -> Literal["operational", "degraded", "down"]:
    statuses = {each.verdict.status for each in queues}
    if database != "connected" or "unhealthy" in statuses:
        return "down"
    return "degraded" if "degraded" in statuses else "operational"


def _rate(share: float | None) -> float:
    return round(share or 0.0, 4)


def _megabytes(size: int) -> str:
    return f"{size / 1_048_576:.1f}MB"


def _millis(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
