"""The audit on the document port: one document per entry, its id the number, and one that remembers the newest."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from backend.adapters.documents.readable import readable
from backend.adapters.documents.store import Collection, Document, DocumentStore, DuplicateKey, Index, Range, Scalar, Sort, Where
from backend.audit.entries import Entry, read
from backend.audit.ports import AuditFilter, AuditPage, Head, SequenceTaken, Stored

AUDIT = "audit"
HEADS = "audit_head"
HEAD = "head"
COLLECTIONS = (
    Collection(
        AUDIT,
        indexes=(
            Index(("seq",), unique=True),
            Index(("at",)),
            Index(("who", "at")),
            Index(("action", "at")),
            Index(("target", "at")),
            Index(("outcome", "at")),
        ),
    ),
    Collection(HEADS),
)
_NEWEST = Sort("at", "desc")


class DocumentAudit:
    """`backend.audit.ports.AuditLog`. The text that is hashed is kept as it is; what is beside it is for finding it."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collections; safe to repeat."""
        self._store.ensure(*COLLECTIONS)

    def add(self, entry: Entry) -> None:
        try:
            self._store.insert(AUDIT, _document(entry))
        except DuplicateKey as error:
            raise SequenceTaken(f"The audit has an entry {entry.seq} already") from error
        self._remember(entry)

    def last(self) -> Head | None:
        found = self._store.find(AUDIT, sort=Sort("seq", "desc"), limit=1)
        return Head(found[0]["seq"], found[0]["hash"]) if found else None

    def remembered(self) -> Head | None:
        found = self._store.get(HEADS, HEAD)
        return Head(found["seq"], found["hash"]) if found else None

    def page(self, where: AuditFilter, *, cursor: str | None = None, limit: int = 50) -> AuditPage:
        found = self._store.find(AUDIT, _conditions(where), sort=_NEWEST, after=cursor, limit=limit + 1)
        shown = found[:limit]
        more = self._store.cursor(shown[-1], _NEWEST) if len(found) > limit else None
        return AuditPage(readable(shown, lambda document: read(document["text"])), more)

    def walk(self, after: int, limit: int) -> Sequence[Stored]:
        return [_stored(each) for each in self._store.find(AUDIT, {"seq": Range(gt=after)}, sort=Sort("seq"), limit=limit)]

    def _remember(self, entry: Entry) -> None:
        """Never back: of two writers the later one's entry stays."""
        newest = {"seq": entry.seq, "hash": entry.hash}
        if self._store.set_fields(HEADS, HEAD, newest, {"seq": Range(lt=entry.seq)}) is None:
            with suppress(DuplicateKey):
                self._store.insert(HEADS, {"id": HEAD, **newest})


def _document(entry: Entry) -> Document:
    return {"id": f"{entry.seq:012d}", "text": entry.text, "hash": entry.hash, **_found_by(entry)}


def _found_by(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at,
        "who": entry.by.id,
        "action": entry.action,
        "target": entry.target,
        "outcome": entry.outcome,
    }


def _stored(document: Document) -> Stored:
    try:
        said: dict[str, Any] = _found_by(read(document["text"]))
    except (KeyError, TypeError, ValueError):
        said = {}
    agrees = bool(said) and all(document.get(name) == value for name, value in said.items())
    return Stored(document["seq"], str(document.get("text", "")), str(document.get("hash", "")), agrees)


def _conditions(where: AuditFilter) -> Where:
    wanted: dict[str, Scalar | Range] = {name: value for name in ("who", "action", "target", "outcome") if (value := getattr(where, name))}
    wanted["seq"] = Range(gt=0)  # what has no number is no entry
    if where.since is not None or where.until is not None:
        wanted["at"] = Range(gte=where.since, lt=where.until)
    return wanted
