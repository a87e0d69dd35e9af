"""Alerts for administrators: what fires, what happened, acknowledge, silence, ask whether a rule would have fired, try a channel."""

from datetime import timedelta
from typing import Any, Literal

from flask import Blueprint
from pydantic import Field

from backend.accounts.roles import Role
from backend.audit.actions import Action
from backend.clock import to_iso
from backend.queues.alerts.book import AlertBook
from backend.queues.alerts.dry_run import DryRun
from backend.queues.alerts.records import SEVERITIES, Severity, Silence
from backend.web.auditing import current_act
from backend.web.current_user import current_account
from backend.web.endpoint import Answer, Endpoint, Input, View, endpoint
from backend.web.gates import roles
from backend.web.moments import Moment
from backend.web.state import use_cases

blueprint = Blueprint("alerts", __name__, url_prefix="/api/v1/alerts")
PERIODS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
_admin = roles(Role.ADMIN)


class AlertsQuery(Input):
    """Conditions that all hold; `firing` is what fires now, the worst first, `all` what was ever raised, the newest first."""

    state: Literal["firing", "all"] = "firing"
    slug: str | None = Field(None, max_length=100)
    queue: str | None = Field(None, max_length=100)
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


class HistoryQuery(Input):
    """Conditions that all hold."""

    alert_id: str | None = Field(None, max_length=100)
    slug: str | None = Field(None, max_length=100)
    queue: str | None = Field(None, max_length=100)
    since: Moment | None = Field(None, description="From this moment on")
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


class DryRunQuery(Input):
    """A rule and the thresholds to try, by level; those that are not given are those in force."""

    rule: str = Field(max_length=100)
    warning: float | None = Field(None, ge=0)
    high: float | None = Field(None, ge=0)
    critical: float | None = Field(None, ge=0)
    period: Literal["1h", "24h", "7d", "30d"] = "7d"
    queue: str = Field("", max_length=100)


class AcknowledgeBody(Input):
    """What whoever looks after it has to say."""

    comment: str = Field("", max_length=500)


class SilenceBody(Input):
    """Labels (`slug`, `severity`, `queue`, `schedule`) and values, in which `*` stands for anything; all have to match."""

    matchers: dict[str, str]
    until: Moment
    starts_at: Moment | None = None
    reason: str = Field(max_length=500)


class SilenceChange(Input):
    """What is not given stays."""

    until: Moment | None = None
    reason: str | None = Field(None, max_length=500)


class SilencesQuery(Input):
    """`past`: those that are over, too."""

    past: bool = False


class TestBody(Input):
    """One channel, or all."""

    channel: str | None = Field(None, max_length=100)


class AlertView(View):
    """An alert; `severity`, `title`, `message` and `context` as in seed 001, `titleTh` and `messageTh` the same in Thai. `quietSince`
    is since when its condition is gone, null while it holds; it is firing until that has lasted."""

    id: str
    slug: str
    state: str
    severity: str
    title: str
    message: str
    context: dict[str, Any]
    labels: dict[str, str]
    raised_at: str | None
    quiet_since: str | None
    resolved_at: str | None
    runbook: str


class AlertsAnswer(Answer):
    """A page of alerts; `firing` counts those that fire now, by severity."""

    items: list[AlertView]
    next: str | None
    firing: dict[str, int]
    timestamp: str


class AlertAnswer(Answer):
    """One alert."""

    alert: AlertView


class HappeningView(View):
    """A line of the history."""

    at: str
    what: str
    alert_id: str | None
    detail: str


class HistoryAnswer(Answer):
    """What happened, newest first; `next` is the cursor of the following page."""

    items: list[HappeningView]
    next: str | None


class RulesAnswer(Answer):
    """The table of rules with the thresholds in force, and the channels."""

    rules: list[dict[str, Any]]
    channels: list[str]


class SilenceView(View):
    """A silence; `active` says whether it holds now. `author` is an id, `authorName` for people."""

    id: str
    matchers: dict[str, str]
    starts_at: str
    until: str
    author: str
    author_name: str | None
    reason: str
    active: bool


class SilencesAnswer(Answer):
    """Silences, the one that ends first in front."""

    items: list[SilenceView]


class SilenceAnswer(Answer):
    """One silence."""

    silence: SilenceView


class DryRunAnswer(Answer):
    """What the rule would have done: how often, when raised and resolved. `note` says what the answer does not rest on."""

    rule: str
    known: bool
    times: int
    alerts: list[dict[str, Any]]
    note: str | None


class TestAnswer(Answer):
    """For each channel whether the test arrived; `success` where all did."""

    channels: list[dict[str, Any]]


@endpoint(blueprint, "GET", "", spec=Endpoint("What fires, or was ever raised", _admin, AlertsAnswer, query=AlertsQuery))
def list_alerts(query: AlertsQuery) -> dict[str, Any]:
    book = _book()
    firing = book.firing()
    counts = {severity: sum(alert.severity == severity for alert in firing) for severity in SEVERITIES}
    if query.state == "firing":
        shown = [alert for alert in firing if query.slug in {None, alert.slug} and query.queue in {None, alert.queue}]
        more = None
    else:
        page = book.page(slug=query.slug, queue=query.queue, cursor=query.cursor, limit=query.limit)
        shown, more = list(page.items), page.next
    return {"items": [alert.to_json() for alert in shown], "next": more, "firing": counts, "timestamp": to_iso(use_cases().clock.now())}


@endpoint(blueprint, "GET", "/history", spec=Endpoint("What happened to alerts", _admin, HistoryAnswer, query=HistoryQuery))
def history(query: HistoryQuery) -> dict[str, Any]:
    asked = {"alert_id": query.alert_id, "slug": query.slug, "queue": query.queue, "cursor": query.cursor}
    page = _book().history(**asked, since=query.since, limit=query.limit)
    return {"items": [entry.to_json() for entry in page.items], "next": page.next}


@endpoint(blueprint, "GET", "/rules", spec=Endpoint("The rules and the thresholds in force", _admin, RulesAnswer))
def rules() -> dict[str, Any]:
    return {"rules": [rule.to_json() for rule in _book().rules], "channels": _book().channels}


@endpoint(blueprint, "GET", "/dry-run", spec=Endpoint("Would it have fired?", _admin, DryRunAnswer, query=DryRunQuery))
def dry_run(query: DryRunQuery) -> dict[str, Any]:
    asked: dict[Severity, float | None] = {"warning": query.warning, "high": query.high, "critical": query.critical}
    thresholds = {severity: limit for severity, limit in asked.items() if limit is not None}
    found: DryRun = _book().dry_run(query.rule, thresholds=thresholds, length=PERIODS[query.period], queue=query.queue)
    return found.to_json()


_TEST = Endpoint("Send a test message over one channel, or all", _admin, TestAnswer, body=TestBody, act=Action.ALERT_TEST)


@endpoint(blueprint, "POST", "/test", spec=_TEST)
def test(body: TestBody) -> dict[str, Any]:
    trials = _book().test(body.channel)
    current_act().target, current_act().after = body.channel or "all", [trial.to_json() for trial in trials]
    return {"success": all(trial.arrived for trial in trials), "channels": [trial.to_json() for trial in trials]}


@endpoint(blueprint, "GET", "/silences", spec=Endpoint("What is kept quiet", _admin, SilencesAnswer, query=SilencesQuery))
def silences(query: SilencesQuery) -> dict[str, Any]:
    now, people = use_cases().clock.now(), use_cases().people
    return {"items": [people.named(silence.to_json(now), "author") for silence in _book().silences(past=query.past)]}


_SILENCE = Endpoint("Keep alerts quiet for a time", _admin, SilenceAnswer, body=SilenceBody, status=201, act=Action.ALERT_SILENCE)
_CHANGE = Endpoint("Move the end of a silence", _admin, SilenceAnswer, body=SilenceChange, act=Action.ALERT_SILENCE)
_EXPIRE = Endpoint("End a silence now", _admin, SilenceAnswer, act=Action.ALERT_UNSILENCE)
_ACKNOWLEDGE = Endpoint("Say that somebody looks after it", _admin, AlertAnswer, body=AcknowledgeBody, act=Action.ALERT_ACKNOWLEDGE)


@endpoint(blueprint, "POST", "/silences", spec=_SILENCE)
def add_silence(body: SilenceBody) -> dict[str, Any]:
    author = current_account().id
    made = _book().add_silence(body.matchers, until=body.until, reason=body.reason, author=author, starts=body.starts_at)
    current_act().target, current_act().after = made.id, made.to_json(use_cases().clock.now())
    return {"silence": _told(made)}


@endpoint(blueprint, "GET", "/silences/<id>", spec=Endpoint("One silence", _admin, SilenceAnswer))
def silence(id: str) -> dict[str, Any]:
    return {"silence": _told(_book().silence(id))}


@endpoint(blueprint, "PATCH", "/silences/<id>", spec=_CHANGE)
def change_silence(id: str, body: SilenceChange) -> dict[str, Any]:
    now, act = use_cases().clock.now(), current_act()
    act.before = _book().silence(id).to_json(now)
    changed = _book().change_silence(id, by=current_account().id, until=body.until, reason=body.reason)
    act.after = changed.to_json(now)
    return {"silence": _told(changed)}


@endpoint(blueprint, "DELETE", "/silences/<id>", spec=_EXPIRE)
def expire_silence(id: str) -> dict[str, Any]:
    now, act = use_cases().clock.now(), current_act()
    act.before = _book().silence(id).to_json(now)
    over = _book().expire_silence(id, by=current_account().id)
    act.after = over.to_json(now)
    return {"silence": _told(over)}


@endpoint(blueprint, "GET", "/<id>", spec=Endpoint("One alert", _admin, AlertAnswer))
def alert(id: str) -> dict[str, Any]:
    return {"alert": _book().get(id).to_json()}


@endpoint(blueprint, "POST", "/<id>/acknowledge", spec=_ACKNOWLEDGE)
def acknowledge(id: str, body: AcknowledgeBody) -> dict[str, Any]:
    act = current_act()
    act.reason, act.before = body.comment, {"acknowledged": _book().get(id).to_json()["acknowledged"]}
    changed = _book().acknowledge(id, by=current_account().id, comment=body.comment)
    act.after = {"acknowledged": changed.to_json()["acknowledged"]}
    return {"alert": changed.to_json()}


def _told(silence: Silence) -> dict[str, Any]:
    return use_cases().people.named(silence.to_json(use_cases().clock.now()), "author")


def _book() -> AlertBook:
    return use_cases().alerting.book
