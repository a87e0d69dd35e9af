"""The buttons of rq-dashboard: each changes the ledger, or is refused with a word on what to do instead; all are in the audit."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from backend.audit.actions import Action
from backend.errors import NotFound
from backend.pages.rendering import translate
from backend.pages.rq.looking import for_scripts
from backend.queues.window import Window
from backend.web.auditing import audited, current_act
from backend.web.current_user import current_account
from backend.web.state import use_cases

View = Callable[..., dict[str, Any]]


def _act(view: View) -> View:
    """An act on what the path names; its beginning is written into the audit before it, and its outcome after it."""

    @wraps(view)
    def seen(_window: Window, **path: str) -> dict[str, Any]:
        with audited(Action.RQ_ACT, {"act": view.__name__, **path}):
            answer = view(**path)
            current_act().after = {"count": answer["count"]}
            return answer

    return for_scripts(seen)


@_act
def delete(job_id: str) -> dict[str, Any]:
    current_act().before = {"state": _state(job_id)}
    use_cases().rq_acts.delete(job_id, by=_by())
    return _done("deleted", 1)


@_act
def requeue(job_id: str) -> dict[str, Any]:
    current_act().before = {"state": _state(job_id)}
    use_cases().rq_acts.requeue(job_id, by=_by())
    return _done("requeued", 1)


@_act
def requeue_all(queue_name: str) -> dict[str, Any]:
    return _done("requeued", use_cases().rq_acts.requeue_all(queue_name, by=_by()))


@_act
def empty(queue_name: str, registry_name: str) -> dict[str, Any]:
    cleaned = use_cases().rq_acts.empty(queue_name, registry_name)
    answer = _done("deleted", cleaned.removed)
    left = "".join(f"; {count}: {reason}" for reason, count in cleaned.skipped.items() if registry_name != "queued")
    return answer | {"message": answer["message"] + left, "skipped": dict(cleaned.skipped)}


@_act
def compact(queue_name: str) -> dict[str, Any]:
    use_cases().rq_acts.compact(queue_name)
    return _done("deleted", 0)


def _by() -> str:
    return current_account().id


def _state(job_id: str) -> str:
    try:
        return use_cases().queues.get(job_id).state.value
    except NotFound:
        return "unknown"


def _done(what: str, count: int) -> dict[str, Any]:
    """As upstream answers, and with a sentence for people."""
    return {"status": "OK", "count": count, "message": translate(f"rq.done_{what}", count=count)}


VIEWS = {
    "delete_job_view": delete,
    "requeue_job_view": requeue,
    "requeue_all": requeue_all,
    "empty_queue": empty,
    "compact_queue": compact,
}
