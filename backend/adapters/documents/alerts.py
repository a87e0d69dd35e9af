"""Alerts and what people were told of them, on the document port."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from backend.adapters.documents.forgetting import forget_all
from backend.adapters.documents.readable import readable
from backend.adapters.documents.store import Collection, Document, DocumentStore, In, Index, Range, Replacement, Scalar, Sort
from backend.errors import NotFound
from backend.queues.alerts.ports import AlertPage
from backend.queues.alerts.records import Acknowledgement, Alert, Group, Text, Told

ALERTS = "alerts"
GROUPS = "alert_groups"
COLLECTIONS = (
    Collection(
        ALERTS,
        indexes=(
            Index(("openAs",), unique=True),
            Index(("state", "since")),
            Index(("fingerprint", "resolvedAt")),
            Index(("raisedAt",)),
            Index(("slug", "raisedAt")),
            Index(("queue", "raisedAt")),
            Index(("resolvedAt",)),
        ),
    ),
    Collection(GROUPS),
)
MOST = 1_000
PLATFORM = "platform"
_OPEN = In(("pending", "firing"))
_RAISED = In(("firing", "resolved"))
_NEWEST = Sort("raisedAt", "desc")


class DocumentAlerts:
    """`backend.queues.alerts.ports.Alerts`: one document per alert, one per group."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collections; safe to repeat."""
        self._store.ensure(*COLLECTIONS)

    def open(self) -> list[Alert]:
        return readable(self._store.find(ALERTS, {"state": _OPEN}, sort=Sort("since"), limit=MOST), _alert)

    def get(self, id: str) -> Alert:
        document = self._store.get(ALERTS, id)
        if document is None:
            raise NotFound(f"There is no alert {id}")
        return _alert(document)

    def last(self, fingerprint: str) -> Alert | None:
        where = {"fingerprint": fingerprint, "state": "resolved"}
        found = self._store.find(ALERTS, where, sort=Sort("resolvedAt", "desc"), limit=1)
        return _alert(found[0]) if found else None

    def page(self, *, slug: str | None = None, queue: str | None = None, cursor: str | None = None, limit: int = 50) -> AlertPage:
        where: dict[str, Scalar | In | Range] = {"state": _RAISED}
        where |= {name: value for name, value in (("slug", slug), ("queue", queue)) if value is not None}
        found = self._store.find(ALERTS, where, sort=_NEWEST, after=cursor, limit=limit + 1)
        more = self._store.cursor(found[limit - 1], _NEWEST) if len(found) > limit else None
        return AlertPage(readable(found[:limit], _alert), more)

    def save(self, alert: Alert) -> Alert:
        if alert.version == 0:
            self._store.insert(ALERTS, {**_document(alert), "version": 1})
            return replace(alert, version=1)
        return replace(alert, version=self._store.replace(ALERTS, _document(alert), alert.version)["version"])

    def save_many(self, alerts: Sequence[Alert]) -> Mapping[str, Alert]:
        if not alerts:
            return {}
        written = set(self._store.replace_many(ALERTS, [Replacement(_document(alert), alert.version) for alert in alerts]))
        return {alert.id: replace(alert, version=alert.version + 1) for alert in alerts if alert.id in written}

    def drop(self, alert: Alert) -> None:
        self._store.delete_many(ALERTS, {"id": alert.id, "state": "pending"}, 1)

    def groups(self) -> Mapping[str, Group]:
        return {group.queue: group for group in map(_group, self._store.find(GROUPS, limit=MOST))}

    def save_group(self, group: Group) -> Group:
        document: Document = {**asdict(group), "id": group.queue or PLATFORM}
        if group.version == 0:
            self._store.insert(GROUPS, {**document, "version": 1})
            return replace(group, version=1)
        return replace(group, version=self._store.replace(GROUPS, document, group.version)["version"])

    def forget(self, before: datetime) -> int:
        return forget_all(self._store, ALERTS, {"state": "resolved", "resolvedAt": Range(lt=before)})


def _document(alert: Alert) -> Document:
    """`openAs` is the fingerprint while the alert is open, so that there is one of it at a time."""
    return {
        "id": alert.id,
        "version": alert.version,
        "fingerprint": alert.fingerprint,
        "openAs": None if alert.state == "resolved" else alert.fingerprint,
        "queue": alert.queue,
        "rule": alert.rule,
        "slug": alert.slug,
        "labels": dict(alert.labels),
        "severity": alert.severity,
        "state": alert.state,
        "value": alert.value,
        "limit": alert.limit,
        "title": asdict(alert.title),
        "message": asdict(alert.message),
        "context": dict(alert.context),
        "since": alert.since,
        "updatedAt": alert.updated_at,
        "raisedAt": alert.raised_at,
        "calmSince": alert.calm_since,
        "resolvedAt": alert.resolved_at,
        "returns": alert.returns,
        "reopened": alert.reopened,
        "flapping": alert.flapping,
        "acknowledged": asdict(alert.acknowledged) if alert.acknowledged else None,
        "toldAt": alert.told_at,
        "escalatedAt": alert.escalated_at,
        "silencedBy": alert.silenced_by,
        "inhibitedBy": alert.inhibited_by,
    }


def _alert(document: Document) -> Alert:
    acknowledged = document["acknowledged"]
    return Alert(
        id=document["id"],
        version=document["version"],
        rule=document["rule"],
        slug=document["slug"],
        labels=document["labels"],
        severity=document["severity"],
        state=document["state"],
        value=document["value"],
        limit=document["limit"],
        title=Text(**document["title"]),
        message=Text(**document["message"]),
        context=document["context"],
        since=document["since"],
        updated_at=document["updatedAt"],
        raised_at=document["raisedAt"],
        calm_since=document["calmSince"],
        resolved_at=document["resolvedAt"],
        returns=document["returns"],
        reopened=document["reopened"],
        flapping=document["flapping"],
        acknowledged=Acknowledgement(**acknowledged) if acknowledged else None,
        told_at=document["toldAt"],
        escalated_at=document["escalatedAt"],
        silenced_by=document["silencedBy"],
        inhibited_by=document["inhibitedBy"],
    )


def _group(document: Document) -> Group:
    told = {key: Told(**each) for key, each in document["told"].items()}
    return Group(document["queue"], told, document["news_since"], document["last_at"], document["number"], document["version"])
