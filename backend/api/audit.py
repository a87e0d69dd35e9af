"""The audit for administrators: who did what, when, from where and why."""

from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field

from backend.accounts.roles import Role
from backend.audit.actions import Action
from backend.audit.ports import AuditFilter
from backend.web.endpoint import Answer, Endpoint, Input, View, endpoint
from backend.web.gates import roles
from backend.web.moments import Moment
from backend.web.state import use_cases

blueprint = Blueprint("audit", __name__, url_prefix="/api/v1/audit")


class AuditQuery(Input):
    """Conditions that all hold."""

    who: str = Field("", max_length=200, description="The id of an account, or console:<user>")
    action: Action | None = None
    target: str = Field("", max_length=500)
    outcome: Annotated[str, Field(pattern="^(begun|done|refused|failed)?$")] = ""
    since: Moment | None = Field(None, description="From this moment on")
    until: Moment | None = Field(None, description="Before this moment")
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


class WhoView(View):
    """An account by id, role and masked address, or `console:<user>`; `origin` is an address or a machine."""

    id: str
    role: str
    email: str
    origin: str


class EntryView(View):
    """One entry: an act that begins, or the outcome of the one whose entry is `begun`."""

    seq: int
    at: str
    action: str
    outcome: str
    by: WhoView
    target: str
    reason: str
    before: Any
    after: Any
    detail: str
    request_id: str
    begun: int | None
    previous: str
    hash: str


class AuditAnswer(Answer):
    """A page of entries, newest first; `next` is the cursor of the following page."""

    items: list[EntryView]
    next: str | None


@endpoint(blueprint, "GET", "", spec=Endpoint("Who did what to the platform", roles(Role.ADMIN), AuditAnswer, query=AuditQuery))
def list_entries(query: AuditQuery) -> dict[str, Any]:
    where = AuditFilter(query.who, query.action or "", query.target, query.outcome, query.since, query.until)
    page = use_cases().audit.page(where, cursor=query.cursor, limit=query.limit)
    return {"items": [entry.to_json() | {"hash": entry.hash} for entry in page.items], "next": page.next}
