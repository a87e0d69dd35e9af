"""The replays of dead letters on the document port: one document each, and of those that run one per lock."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from backend.adapters.documents.readable import readable
from backend.adapters.documents.store import Collection, Document, DocumentStore, DuplicateKey, Index, Range, Sort
from backend.errors import Conflict, NotFound
from backend.queues.dead_filter import DeadFilter
from backend.queues.replay_records import Replay, Wave

REPLAYS = "replays"
COLLECTION = Collection(
    REPLAYS,
    indexes=(
        Index(("open_lock",), unique=True),
        Index(("at",), where={"state": "running"}),
        Index(("at",)),
        Index(("ended_at",)),
    ),
)
MOST = 1_000


class DocumentReplays:
    """`backend.queues.dead_ports.Replays`."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def ensure(self) -> None:
        """Create the collection; safe to repeat."""
        self._store.ensure(COLLECTION)

    def get(self, id: str) -> Replay:
        document = self._store.get(REPLAYS, id)
        if document is None:
            raise NotFound(f"There is no replay {id}")
        return _replay(document)

    def add(self, replay: Replay) -> Replay:
        try:
            self._store.insert(REPLAYS, {**_document(replay), "version": 1})
        except DuplicateKey as error:
            found = self._store.find(REPLAYS, {"open_lock": replay.lock}, limit=1)
            other = f"replay {found[0]['id']} by {found[0]['by'] or '-'}" if found else "another replay"
            raise Conflict(f"These dead letters are being run again already: {other} has not ended") from error
        return replace(replay, version=1)

    def save(self, replay: Replay) -> Replay:
        return replace(replay, version=self._store.replace(REPLAYS, _document(replay), replay.version)["version"])

    def open(self) -> Sequence[Replay]:
        return readable(self._store.find(REPLAYS, {"state": "running"}, sort=Sort("at"), limit=MOST), _replay)

    def newest(self, limit: int = 20) -> Sequence[Replay]:
        return readable(self._store.find(REPLAYS, sort=Sort("at", "desc"), limit=limit), _replay)

    def forget(self, before: datetime, limit: int = 1000) -> int:
        return self._store.delete_many(REPLAYS, {"ended_at": Range(lt=before)}, limit)


def _document(replay: Replay) -> Document:
    """`open_lock` is there while it runs only, so that it is unique among those."""
    fields: dict[str, Any] = asdict(replay)
    return {**fields, "causes": list(replay.causes), "stages": list(replay.stages), "open_lock": None if replay.ended else replay.lock}


def _replay(document: Document) -> Replay:
    fields = {name: value for name, value in document.items() if name != "open_lock"}
    return Replay(
        **fields
        | {
            "where": DeadFilter(**fields["where"]),
            "causes": tuple(fields["causes"]),
            "stages": tuple(fields["stages"]),
            "wave": Wave(**fields["wave"]) if fields["wave"] else None,
            "before": Wave(**fields["before"]),
        }
    )
