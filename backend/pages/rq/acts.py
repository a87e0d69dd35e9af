"""The buttons of rq-dashboard: each changes the ledger, or is refused with a word on what to do instead."""

from typing import Any

from backend.pages.rendering import translate
from backend.pages.rq.looking import for_scripts
from backend.queues.window import Window
from backend.telemetry.logs import logger
from backend.web.current_user import current_account
from backend.web.state import use_cases

log = logger("pages.rq")


@for_scripts
def delete(_window: Window, *, job_id: str) -> dict[str, Any]:
    use_cases().rq_acts.delete(job_id, by=_by())
    return _done("deleted", 1, job_id=job_id)


@for_scripts
def requeue(_window: Window, *, job_id: str) -> dict[str, Any]:
    use_cases().rq_acts.requeue(job_id, by=_by())
    return _done("requeued", 1, job_id=job_id)


@for_scripts
def requeue_all(_window: Window, *, queue_name: str) -> dict[str, Any]:
    return _done("requeued", use_cases().rq_acts.requeue_all(queue_name, by=_by()), queue=queue_name)


@for_scripts
def empty(_window: Window, *, queue_name: str, registry_name: str) -> dict[str, Any]:
    cleaned = use_cases().rq_acts.empty(queue_name, registry_name)
    answer = _done("deleted", cleaned.removed, queue=queue_name, registry=registry_name)
    left = "".join(f"; {count}: {reason}" for reason, count in cleaned.skipped.items() if registry_name != "queued")
    return answer | {"message": answer["message"] + left, "skipped": dict(cleaned.skipped)}


@for_scripts
def compact(_window: Window, *, queue_name: str) -> dict[str, Any]:
    use_cases().rq_acts.compact(queue_name)
    return _done("deleted", 0, queue=queue_name)


def _by() -> str:
    return current_account().id


def _done(what: str, count: int, **about: str) -> dict[str, Any]:
    """As upstream answers, and with a sentence for people."""
    log.info("Somebody acted in rq-dashboard", act=what, count=count, by=_by(), **about)
    return {"status": "OK", "count": count, "message": translate(f"rq.done_{what}", count=count)}


VIEWS = {
    "delete_job_view": delete,
    "requeue_job_view": requeue,
    "requeue_all": requeue_all,
    "empty_queue": empty,
    "compact_queue": compact,
}
