"""Silences, the history of alerts and notices on their way, on the document port."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from backend.adapters.documents.forgetting import forget_all
from backend.adapters.documents.readable import readable
from backend.adapters.documents.store import Collection, Document, DocumentStore, In, Index, Range, Scalar, Sort
from backend.errors import NotFound
from backend.queues.alerts.ports import HistoryPage
from backend.queues.alerts.records import Delivery, HistoryEntry, Silence
from backend.queues.ids import JobIds

SILENCES = "alert_silences"
HISTORY = "alert_history"
DELIVERIES = "alert_deliveries"
COLLECTIONS = (
    Collection(SILENCES, indexes=(Index(("until",)),)),
    Collection(HISTORY, indexes=(Index(("at",)), Index(("alert_id", "at")), Index(("slug", "at")), Index(("queue", "at")))),
    Collection(DELIVERIES, indexes=(Index(("state", "channel", "next_at")), Index(("created_at",)))),
)
MOST = 1_000
_NEWEST = Sort("at", "desc")
_FIRST_DUE = Sort("next_at")


class DocumentSilences:
    """`backend.queues.alerts.ports.Silences`."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collections of this module; safe to repeat."""
        self._store.ensure(*COLLECTIONS)

    def all(self, *, since: datetime | None = None) -> Sequence[Silence]:
        where = {"until": Range(gt=since)} if since else {}
        return readable(self._store.find(SILENCES, where, sort=Sort("until"), limit=MOST), _silence)

    def get(self, id: str) -> Silence:
        document = self._store.get(SILENCES, id)
        if document is None:
            raise NotFound(f"There is no silence {id}")
        return _silence(document)

    def save(self, silence: Silence) -> Silence:
        document: Document = {**vars(silence), "matchers": [list(pair) for pair in silence.matchers.items()]}
        if silence.version == 0:
            self._store.insert(SILENCES, {**document, "version": 1})
            return replace(silence, version=1)
        return replace(silence, version=self._store.replace(SILENCES, document, silence.version)["version"])

    def forget(self, before: datetime) -> int:
        return forget_all(self._store, SILENCES, {"until": Range(lt=before)})


class DocumentAlertHistory:
    """`backend.queues.alerts.ports.AlertHistory`."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._ids = JobIds()

    def add(self, entries: Sequence[HistoryEntry]) -> None:
        # Ids that sort as they are made: what happens within a millisecond keeps its order.
        lines = [{**asdict(entry), "id": self._ids.new(entry.at)} for entry in entries]
        if lines:
            self._store.insert_many(HISTORY, lines)

    def page(
        self,
        *,
        alert_id: str | None = None,
        slug: str | None = None,
        queue: str | None = None,
        since: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> HistoryPage:
        wanted = {"alert_id": alert_id, "slug": slug, "queue": queue, "at": Range(gte=since) if since else None}
        where: dict[str, Scalar | In | Range] = {name: value for name, value in wanted.items() if value is not None}
        found = self._store.find(HISTORY, where, sort=_NEWEST, after=cursor, limit=limit + 1)
        more = self._store.cursor(found[limit - 1], _NEWEST) if len(found) > limit else None
        return HistoryPage(readable(found[:limit], _entry), more)

    def forget(self, before: datetime) -> int:
        return forget_all(self._store, HISTORY, {"at": Range(lt=before)})


class DocumentDeliveries:
    """`backend.queues.alerts.ports.Deliveries`."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def add(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            self._store.insert_many(DELIVERIES, [{**vars(each), "notice": dict(each.notice), "state": "due"} for each in deliveries])

    def channels_due(self, now: datetime) -> Sequence[str]:
        found = self._store.count_by(DELIVERIES, "channel", {"state": "due", "next_at": Range(lte=now)})
        return sorted(found)

    def claim(self, channel: str, now: datetime, until: datetime) -> Delivery | None:
        where: dict[str, Scalar | In | Range] = {"state": "due", "channel": channel, "next_at": Range(lte=now)}
        found = self._store.claim(DELIVERIES, where, {"next_at": until}, sort=_FIRST_DUE)
        return _delivery(found) if found else None

    def sent(self, id: str, now: datetime) -> None:
        self._store.set_fields(DELIVERIES, id, {"state": "sent", "sent_at": now})

    def failed(self, id: str, error: str, next_at: datetime | None) -> None:
        found = self._store.get(DELIVERIES, id)
        tries = (found or {}).get("tries", 0) + 1
        fields = {"tries": tries, "last_error": error, "state": "due" if next_at else "given up"}
        self._store.set_fields(DELIVERIES, id, fields | ({"next_at": next_at} if next_at else {}))

    def forget(self, before: datetime) -> int:
        return forget_all(self._store, DELIVERIES, {"created_at": Range(lt=before)})


def _silence(document: Document) -> Silence:
    fields = {**document, "matchers": dict(map(tuple, document["matchers"]))}
    return Silence(**fields)


def _entry(document: Document) -> HistoryEntry:
    return HistoryEntry(**{name: value for name, value in document.items() if name != "version"})


def _delivery(document: Document) -> Delivery:
    names = ("id", "channel", "notice", "created_at", "next_at", "tries", "last_error")
    return Delivery(**{name: document[name] for name in names})
