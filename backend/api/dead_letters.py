"""Dead letters over HTTP: what gave up, its numbers, and running it again, editing, discarding and restoring it."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint
from pydantic import Field, model_validator

from backend.accounts.roles import Role
from backend.audit.actions import Action
from backend.clock import to_iso
from backend.errors import FieldError, InvalidInput
from backend.queues.dead_control import DeadControl, Dealt
from backend.queues.dead_filter import DeadFilter
from backend.queues.names import require_queue
from backend.services.dead_letters import described
from backend.web.auditing import current_act
from backend.web.current_user import current_account
from backend.web.endpoint import Answer, Endpoint, Input, View, endpoint
from backend.web.gates import roles
from backend.web.moments import Moment
from backend.web.state import use_cases

blueprint = Blueprint("dead_letters", __name__, url_prefix="/api/v1/jobs/failed")
ADMIN = roles(Role.ADMIN)
AT_ONCE = 1_000
"""So many are dealt with in one request at most; of more a replay makes waves, in the background."""


class FilterInput(Input):
    """Conditions that all hold."""

    queue: str = Field("", max_length=50)
    type: str = Field("", max_length=200, description="The job type")
    cause: str = Field("", max_length=64)
    subject: str = Field("", max_length=200, description="What it is about: an application's id")
    requested_by: str = Field("", max_length=200)
    request_id: str = Field("", max_length=64)
    error: str = Field("", max_length=200, description="The class of the error")
    since: Moment | None = Field(None, description="Gave up at this moment or later")
    before: Moment | None = Field(None, description="Gave up before this moment")

    def to_filter(self, *, dropped: bool = False) -> DeadFilter:
        """Raises NotFound for an unknown queue."""
        if self.queue:
            require_queue(self.queue)
        names = ("queue", "type", "cause", "subject", "requested_by", "request_id", "since", "before")
        return DeadFilter(**{name: getattr(self, name) for name in names}, error_class=self.error, dropped=dropped)


class LettersQuery(FilterInput):
    """Which dead letters, and how many of them."""

    discarded: bool = Field(default=False, description="Those that were discarded instead")
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


class RecentQuery(Input):
    """How many of the newest."""

    limit: int = Field(20, ge=1, le=200)


class Matching(Input):
    """All that match a filter with a condition at least, or every dead letter there is: that has to be said in so many words."""

    filter: FilterInput | None = None
    every: bool = Field(default=False, alias="all", description="Every dead letter, instead of a filter")

    @model_validator(mode="after")
    def _chosen(self) -> "Matching":
        self._require_one(self._conditions())
        return self

    def where(self) -> DeadFilter:
        """Raises NotFound for an unknown queue."""
        return self.filter.to_filter() if self.filter else DeadFilter()

    def _conditions(self) -> bool:
        return self.filter is not None and self.filter != FilterInput()

    def _require_one(self, *chosen: bool) -> None:
        """Raises InvalidInput unless `all` is the only choice, or exactly one of the others was made."""
        if self.every and any(chosen):
            raise _unclear("`all` means every dead letter: leave it out, or leave out what else was chosen", "ALL_AND_MORE")
        if not self.every and sum(chosen) != 1:
            raise _unclear(self._cure(), "NOTHING_CHOSEN")

    def _cure(self) -> str:
        return "Give a filter with at least one condition, or send `all`: true for every dead letter"


class Chosen(Matching):
    """Dead letters by their ids, all that match a filter, or all there are."""

    ids: list[str] | None = Field(None, min_length=1, max_length=AT_ONCE)
    reason: str = Field("", max_length=500)

    @model_validator(mode="after")
    def _chosen(self) -> "Chosen":
        by_ids = self.ids is not None
        self._require_one(by_ids, self.filter is not None if by_ids else self._conditions())
        return self

    def _cure(self) -> str:
        return "Give either ids or a filter with at least one condition, or send `all`: true for every dead letter"


def _unclear(cure: str, code: str) -> InvalidInput:
    return InvalidInput("See errors for each field and its cure", errors=(FieldError("all", cure, code),))


class RetryBody(Chosen):
    """`fresh`: all attempts anew instead of one more."""

    fresh: bool = False


class DiscardBody(Chosen):
    """Why they are of no use any more."""

    reason: str = Field(min_length=3, max_length=500)


class RestoreBody(Input):
    """Which discarded ones to take back."""

    ids: list[str] = Field(min_length=1, max_length=AT_ONCE)
    reason: str = Field("", max_length=500)


class EditBody(Input):
    """`payload` are the fields to change; with `whole` it takes the place of all of them."""

    payload: dict[str, Any]
    whole: bool = False
    fresh: bool = False
    reason: str = Field("", max_length=500)


class BriefView(View):
    """One dead letter in a list."""

    job_id: str
    queue_name: str
    job_type: str
    error: str
    message: str
    failed_at: str | None
    attempts_made: int
    cause: dict[str, Any] | None
    affected: dict[str, Any]


class LetterView(BriefView):
    """All of one dead letter: each attempt in `history` with its own stack, and the effects that another run would have."""

    payload: dict[str, Any]
    options: dict[str, Any]
    history: list[dict[str, Any]]
    effects: list[dict[str, Any]] | None


class LettersAnswer(Answer):
    """A page, the last to give up first; `next` is the cursor of the following page."""

    items: list[BriefView]
    next: str | None


class RecentAnswer(Answer):
    """The newest, the last to give up first."""

    items: list[BriefView]
    limit: int
    timestamp: str


class LetterAnswer(Answer):
    """One dead letter."""

    letter: LetterView


class StatsAnswer(Answer):
    """The dead letters of every queue in numbers."""

    monitored_queues: list[str]
    total_failed: int
    queues: list[dict[str, Any]]
    causes: dict[str, int]
    retention: dict[str, int]
    timestamp: str


class DealtAnswer(Answer):
    """How many were dealt with, and why others that were named were left alone; `more`: others still match the filter."""

    count: int
    left: dict[str, str] = Field(default_factory=dict)
    more: bool = False


class EditAnswer(Answer):
    """The fields that differ, before and after; the job waits to run again."""

    job_id: str
    state: str
    before: dict[str, Any]
    after: dict[str, Any]


_RETRY = Endpoint("Run dead letters again", ADMIN, DealtAnswer, body=RetryBody, act=Action.DEAD_RETRY)
_EDIT = Endpoint("Put the data right, and run again", ADMIN, EditAnswer, body=EditBody, act=Action.DEAD_EDIT)
_DISCARD = Endpoint("Discard dead letters", ADMIN, DealtAnswer, body=DiscardBody, act=Action.DEAD_DISCARD)
_RESTORE = Endpoint("Take discarded ones back", ADMIN, DealtAnswer, body=RestoreBody, act=Action.DEAD_RESTORE)


@endpoint(blueprint, "GET", "", spec=Endpoint("Dead letters", ADMIN, LettersAnswer, query=LettersQuery))
def list_letters(query: LettersQuery) -> dict[str, Any]:
    page = _control().page(query.to_filter(dropped=query.discarded), cursor=query.cursor, limit=query.limit)
    return {"items": use_cases().dead_letters.briefs(page.items), "next": page.next}


@endpoint(blueprint, "GET", "/recent", spec=Endpoint("The newest dead letters", ADMIN, RecentAnswer, query=RecentQuery))
def recent(query: RecentQuery) -> dict[str, Any]:
    page = _control().page(DeadFilter(), limit=query.limit)
    return {"items": use_cases().dead_letters.briefs(page.items), "limit": query.limit, "timestamp": _now()}


@endpoint(blueprint, "GET", "/stats", spec=Endpoint("Dead letters in numbers", ADMIN, StatsAnswer))
def stats() -> dict[str, Any]:
    return use_cases().dead_letters.stats() | {"timestamp": _now()}


@endpoint(blueprint, "GET", "/<job_id>", spec=Endpoint("One dead letter", ADMIN, LetterAnswer))
def get_letter(job_id: str) -> dict[str, Any]:
    return {"letter": use_cases().dead_letters.letter(job_id, use_cases())}


@endpoint(blueprint, "POST", "/retry", spec=Endpoint("Run dead letters again", ADMIN, DealtAnswer, body=RetryBody, act=Action.DEAD_RETRY))
def retry(body: RetryBody) -> dict[str, Any]:
    _name_target(body)
    by = current_account().id
    if body.ids is not None:
        return _dealt(_control().retry(body.ids, fresh=body.fresh, by=by))
    where = body.where()
    done = _control().retry_matching(where, fresh=body.fresh, limit=AT_ONCE, by=by)
    return _matched(where, done)


@endpoint(
    blueprint,
    "POST",
    "/<job_id>/edit",
    spec=Endpoint("Put the data right, and run again", ADMIN, EditAnswer, body=EditBody, act=Action.DEAD_EDIT),
)
def edit(job_id: str, body: EditBody) -> dict[str, Any]:
    edited = _control().edit(job_id, body.payload, whole=body.whole, fresh=body.fresh, by=current_account().id)
    act = current_act()
    act.before, act.after = edited.before, edited.after
    return {"jobId": job_id, "state": edited.job.state.value, "before": edited.before, "after": edited.after}


@endpoint(blueprint, "POST", "/discard", spec=_DISCARD)
def discard(body: DiscardBody) -> dict[str, Any]:
    _name_target(body)
    by = current_account().id
    if body.ids is not None:
        return _dealt(_control().drop(body.ids, reason=body.reason, by=by))
    where = body.where()
    return _matched(where, _control().drop_matching(where, reason=body.reason, by=by, limit=AT_ONCE))


@endpoint(blueprint, "POST", "/restore", spec=_RESTORE)
def restore(body: RestoreBody) -> dict[str, Any]:
    current_act().target = target_of(body.ids, None)
    return _dealt(_control().restore(body.ids, by=current_account().id))


def target_of(ids: list[str] | None, where: DeadFilter | None) -> str:
    """What an act is on, in a few words."""
    if ids is not None:
        return ids[0] if len(ids) == 1 else f"{len(ids)} dead letters"
    return described(asdict(where)) if where else "all"


def _name_target(body: Chosen) -> None:
    act = current_act()
    act.target = target_of(body.ids, None if body.ids is not None else body.where())
    act.before = {"ids": body.ids} if body.ids and len(body.ids) > 1 else None


def _dealt(dealt: Dealt) -> dict[str, Any]:
    current_act().after = {"count": len(dealt.done), "left": len(dealt.left)}
    return {"count": len(dealt.done), "left": dict(dealt.left)}


def _matched(where: DeadFilter, done: int) -> dict[str, Any]:
    current_act().after = {"count": done}
    return {"count": done, "more": done >= AT_ONCE and _control().count(where) > 0}


def _control() -> DeadControl:
    return use_cases().queue_platform.dead.control


def _now() -> str:
    return to_iso(use_cases().clock.now())
