"""The administrator's page: the four queues in numbers, with pause, resume and clean."""

from datetime import timedelta

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from backend.audit.actions import Action
from backend.certification.guards import Evidence
from backend.errors import NotFound
from backend.pages.rendering import page
from backend.queues.names import LABELS, QUEUES, require_queue
from backend.queues.policies import RETENTION_DAYS
from backend.queues.records import JobState
from backend.web.auditing import audited, current_act
from backend.web.current_user import current_account
from backend.web.state import use_cases

blueprint = Blueprint("queue_pages", __name__, url_prefix="/admin/queues")
Answer = Response | WerkzeugResponse
ACTIONS = {"pause": Action.QUEUE_PAUSE, "resume": Action.QUEUE_RESUME, "clean": Action.QUEUE_CLEAN}
_FAILED_SHOWN = 20


@blueprint.get("")
def queues() -> Answer:
    """Is anything wrong, the numbers per queue, and what failed lately."""
    control = use_cases().queue_control
    health, paused = control.health(), control.paused()
    failed = use_cases().queues.list(state=JobState.FAILED, limit=_FAILED_SHOWN)
    return page(
        "queues/overview.html",
        health=health,
        names=QUEUES,
        labels=LABELS,
        paused=paused,
        failed=failed.items,
        done=request.args.get("done"),
    )


@blueprint.get("/<name>/<action>")
def confirm(name: str, action: str) -> Answer:
    """What the action will do, in numbers, before it is done."""
    _require(name, action)
    numbers = use_cases().queue_control.stats()[name]
    minutes = Evidence().patience // timedelta(minutes=1)  # after which an application goes on without its check
    return page("queues/confirm.html", name=name, action=action, numbers=numbers, labels=LABELS, days=RETENTION_DAYS, minutes=minutes)


@blueprint.post("/<name>/<action>")
def act(name: str, action: str) -> Answer:
    _require(name, action)
    control, by = use_cases().queue_control, current_account().id
    with audited(ACTIONS[action], {"name": name}):
        done = current_act()
        if action == "clean":
            done.after = {"removed": control.clean(name)}
        else:
            done.before = {"paused": control.paused()}
            done.after = {"paused": control.pause(name, by=by) if action == "pause" else control.resume(name, by=by)}
    return redirect(url_for("queue_pages.queues", done=action))


def _require(name: str, action: str) -> None:
    """Raises NotFound."""
    require_queue(name)
    if action not in ACTIONS:
        raise NotFound("ไม่มีคำสั่งนี้ / There is no such action.")
