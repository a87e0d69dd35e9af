"""What the scripts of rq-dashboard fetch, in its own shapes and with some keys more; read as JSON, never with pickle."""

from datetime import datetime
from math import ceil
from typing import Any

from flask import Response, send_from_directory, url_for

from backend.clock import to_iso
from backend.errors import NotFound, Unavailable
from backend.pages.rendering import translate
from backend.pages.rq.looking import for_scripts
from backend.pages.rq.pages import known_registry, stretch
from backend.pages.rq.routes import FOLDER, STATIC
from backend.queues.names import require_queue
from backend.queues.roster import WorkerSeen
from backend.queues.window import JobShown, Registry, Window
from backend.web.state import use_cases

FIRST_PAGE = {"per_page": "8", "order": "asc", "page": "1"}
PAGES_SHOWN = 10
_COUNTS: dict[Registry, str] = {
    "queued": "count",
    "failed": "failed_job_registry_count",
    "started": "started_job_registry_count",
    "deferred": "deferred_job_registry_count",
    "finished": "finished_job_registry_count",
    "canceled": "canceled_job_registry_count",
    "scheduled": "scheduled_job_registry_count",
}


@for_scripts
def queues(window: Window) -> dict[str, Any]:
    return {"queues": [_queue(name, counts) for name, counts in window.counts().items()]}


@for_scripts
def jobs(window: Window, *, queue_name: str, registry_name: str, per_page: str, order: str, page: str) -> dict[str, Any]:
    name, registry = require_queue(queue_name), known_registry(registry_name)
    first, size = stretch(page, per_page, order)
    found = window.jobs(name, registry, first, size, newest_first=order == "dsc")
    return {
        "name": name,
        "registry_name": registry,
        "jobs": [_job(each) for each in found.jobs],
        "pagination": _pagination(found.total, first // size + 1, size, {"queue_name": name, "registry_name": registry, "order": order}),
    }


@for_scripts
def job(window: Window, *, job_id: str) -> dict[str, Any]:
    """What Redis shows, and beside it what the ledger says, which is the truth."""
    shown = window.job(job_id)
    if shown is None:
        raise NotFound(translate("rq.no_job", id=job_id))
    return _job(shown) | {
        "origin": shown.queue,
        "result": None,  # results are in the ledger alone
        "metadata": "{}",
        "ledger": _in_ledger(job_id),
    }


@for_scripts
def workers(window: Window) -> dict[str, Any]:
    found = sorted((_worker(each) for each in window.workers()), key=lambda worker: (worker["state"], worker["queues"], worker["name"]))
    return {"workers": found}


def favicon() -> Response:
    return send_from_directory(FOLDER / STATIC, "favicon.ico", mimetype="image/vnd.microsoft.icon")


def _queue(name: str, counts: Any) -> dict[str, Any]:
    """One row: a count and an address for each registry."""
    row: dict[str, Any] = {"name": name}
    for registry, key in _COUNTS.items():
        row[key] = counts[registry]
        row[f"{registry}_url"] = _address(1, {"queue_name": name, "registry_name": registry} | FIRST_PAGE)
    return row


def _job(shown: JobShown) -> dict[str, Any]:
    return {
        "id": shown.id,
        "description": shown.type,
        "status": shown.status,
        "priority": shown.priority,
        "worker": shown.worker,
        "exc_info": shown.error or None,
        "created_at": _iso(shown.created_at),
        "enqueued_at": _iso(shown.enqueued_at),
        "started_at": _iso(shown.started_at),
        "ended_at": _iso(shown.ended_at),
        "due_at": _iso(shown.due_at),
    }


def _in_ledger(job_id: str) -> str:
    try:
        return use_cases().queues.get(job_id).state.value
    except NotFound:
        return "unknown"
    except Unavailable:
        return "away"


def _worker(seen: WorkerSeen) -> dict[str, Any]:
    """Upstream knows one job per worker; ours run many. Its page shows every state but `busy` as a pause."""
    fresh = seen.is_fresh(use_cases().clock.now())
    state = "silent" if not fresh else "suspended" if seen.paused else "busy" if seen.jobs else "idle"
    return {
        "name": seen.name,
        "pid": seen.pid,
        "queues": list(seen.queues),
        "state": state,
        "fresh": fresh,
        "current_job": {"job_id": seen.jobs[0], "description": "", "created_at": None, "call_string": seen.jobs[0]}
        if seen.jobs
        else "idle",
        "current_jobs": list(seen.jobs),
        "concurrency": seen.concurrency,
        "last_heartbeat": _iso(seen.last_heartbeat),
        "birth_date": _iso(seen.since),
        "successful_job_count": seen.completed,
        "failed_job_count": seen.failed,
        "memory_mib": seen.memory_mib,
        "version": seen.versions.get("rq", ""),
        "python_version": seen.versions.get("python", ""),
    }


def _pagination(total: int, current: int, size: int, about: dict[str, str]) -> dict[str, Any]:
    last = ceil(total / size)
    about = about | {"per_page": str(size)}
    window_start = max(0, min(last - PAGES_SHOWN, current - 1 - PAGES_SHOWN // 2))
    shown = range(window_start + 1, min(last, window_start + PAGES_SHOWN) + 1)
    found = {
        "current_page": current,
        "num_pages": last,
        "pages_in_window": [{"number": number, "url": _address(number, about)} for number in shown],
        "first_page": {"url": _address(1, about)},
        "last_page": {"url": _address(max(last, 1), about)},
    }
    if current < last:
        found["next_page"] = {"url": _address(current + 1, about)}
    if current > 1:
        found["prev_page"] = {"url": _address(current - 1, about)}
    return found


def _address(number: int, about: dict[str, str]) -> str:
    values: dict[str, Any] = about | {"instance_number": 0, "page": number}
    return url_for("rq_dashboard.jobs_overview", **values)


def _iso(moment: datetime | None) -> str | None:
    return to_iso(moment) if moment else None


VIEWS = {"list_queues": queues, "list_jobs": jobs, "job_info": job, "list_workers": workers, "favicon": favicon}
