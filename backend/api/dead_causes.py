"""The causes of dead letters over HTTP, and their replays: what they are, what is known of them, running them again in waves."""

from typing import Any, Literal

from flask import Blueprint
from pydantic import Field

from backend.api.dead_letters import ADMIN, Matching, target_of
from backend.audit.actions import Action
from backend.queues.cause_book import CauseBook
from backend.queues.causes import CauseState
from backend.queues.replay_records import CANARY, Replay
from backend.queues.replaying import Replaying
from backend.web.auditing import current_act
from backend.web.current_user import current_account
from backend.web.endpoint import Answer, Endpoint, Input, View, endpoint
from backend.web.state import use_cases

blueprint = Blueprint("dead_causes", __name__, url_prefix="/api/v1/jobs/failed")


class CausesQuery(Input):
    """Which causes, and how many."""

    state: Literal["", "new", "known", "fixed", "ignored"] = ""
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


class MarkBody(Input):
    """What people know of a cause; what is left out stays. `fixedIn` goes with `fixed`: without it, it is fixed from now on."""

    state: CauseState | None = None
    fixed_in: str = Field("", max_length=50)
    note: str | None = Field(None, max_length=2_000)
    reason: str = Field("", max_length=500)


class ReplayBody(Matching):
    """Which dead letters, in which stages: a number, a share such as `10%`, `all`."""

    stages: list[str] = Field(list(CANARY), min_length=1, max_length=20)
    fresh: bool = False
    reason: str = Field("", max_length=500)


class StopBody(Input):
    """Why it is ended."""

    reason: str = Field("", max_length=500)


class CauseView(View):
    """One cause: `count` is how often it ended a job, ever; `affected` whom, as far as that is remembered."""

    id: str
    error: str
    message: str
    frame: str
    state: CauseState
    fixed_in: str | None
    note: str
    count: int
    first_at: str
    last_at: str
    affected: dict[str, Any]
    regressions: int


class CausesAnswer(Answer):
    """A page, the last to end a job first; `next` is the cursor of the following page."""

    items: list[CauseView]
    next: str | None
    counts: dict[str, int]


class CauseAnswer(Answer):
    """One cause; `open` is how many of its dead letters are there now."""

    cause: CauseView


class ReplayView(View):
    """Where a replay stands: `stopped` says in `why` what came back. `by` is an id, `byName` for people."""

    id: str
    state: Literal["running", "done", "stopped", "cancelled"]
    why: str
    stage: str | None
    total: int
    started: int
    running: int
    completed: int
    failed: int
    came_back: int
    by: str
    by_name: str | None


class ReplayAnswer(Answer):
    """One replay; it goes on in the background."""

    replay: ReplayView
    effects: dict[str, Any] | None = None


class ReplaysAnswer(Answer):
    """The newest replays."""

    items: list[ReplayView]


_MARK = Endpoint("Say what is known of a cause", ADMIN, CauseAnswer, body=MarkBody, act=Action.DEAD_MARK)
_REPLAY = Endpoint("Run dead letters again in waves", ADMIN, ReplayAnswer, body=ReplayBody, status=202, act=Action.DEAD_REPLAY)
_STOP = Endpoint("End a replay before its next wave", ADMIN, ReplayAnswer, body=StopBody, act=Action.DEAD_REPLAY_STOP)


@endpoint(blueprint, "GET", "/causes", spec=Endpoint("The causes of dead letters", ADMIN, CausesAnswer, query=CausesQuery))
def list_causes(query: CausesQuery) -> dict[str, Any]:
    page = _book().page(state=query.state, cursor=query.cursor, limit=query.limit)
    return {"items": [cause.to_json() for cause in page.items], "next": page.next, "counts": _book().counts()}


@endpoint(blueprint, "GET", "/causes/<cause_id>", spec=Endpoint("One cause", ADMIN, CauseAnswer))
def get_cause(cause_id: str) -> dict[str, Any]:
    return {"cause": use_cases().dead_letters.cause(_book().get(cause_id))}


@endpoint(blueprint, "POST", "/causes/<cause_id>", spec=_MARK)
def mark(cause_id: str, body: MarkBody) -> dict[str, Any]:
    act, before = current_act(), _book().get(cause_id)
    act.before = {"state": before.state, "fixedIn": before.fixed_in, "note": before.note}
    after = _book().mark(cause_id, body.state, fixed_in=body.fixed_in, note=body.note, by=current_account().id)
    act.after = {"state": after.state, "fixedIn": after.fixed_in, "note": after.note}
    return {"cause": use_cases().dead_letters.cause(after)}


@endpoint(blueprint, "POST", "/replay", spec=_REPLAY)
def start_replay(body: ReplayBody) -> dict[str, Any]:
    where, act = body.where(), current_act()
    act.target = target_of(None, where)
    sample = use_cases().queue_platform.dead.control.page(where, limit=20).items
    effects = use_cases().dead_letters.preview(sample, use_cases())
    replay = _replaying().start(where, by=current_account().id, reason=body.reason, stages=body.stages, fresh=body.fresh)
    act.after = {"replay": replay.id, "total": replay.total, "stages": list(replay.stages)}
    return {"replay": _named(_replaying().step(replay.id)), "effects": effects}


@endpoint(blueprint, "GET", "/replays", spec=Endpoint("The newest replays", ADMIN, ReplaysAnswer))
def list_replays() -> dict[str, Any]:
    people = use_cases().people
    return {"items": [people.named(replay.to_json(), "by") for replay in _replaying().newest()]}


@endpoint(blueprint, "GET", "/replays/<replay_id>", spec=Endpoint("One replay", ADMIN, ReplayAnswer))
def get_replay(replay_id: str) -> dict[str, Any]:
    return {"replay": _named(_replaying().get(replay_id))}


@endpoint(blueprint, "POST", "/replays/<replay_id>/stop", spec=_STOP)
def stop_replay(replay_id: str, body: StopBody) -> dict[str, Any]:
    replay = _replaying().cancel(replay_id, by=current_account().id, reason=body.reason)
    current_act().after = {"state": replay.state, "started": replay.sum("started"), "total": replay.total}
    return {"replay": _named(replay)}


def _named(replay: Replay) -> dict[str, Any]:
    return use_cases().people.named(replay.to_json(), "by")


def _book() -> CauseBook:
    return use_cases().queue_platform.dead.causes


def _replaying() -> Replaying:
    return use_cases().queue_platform.dead.replaying
