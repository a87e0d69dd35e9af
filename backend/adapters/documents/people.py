"""Who and what jobs are about, for searches: applications by number and farmer, accounts by name and address."""

import time
from collections.abc import Sequence
from unicodedata import normalize

from backend.adapters.documents import applications, users
from backend.adapters.documents.store import DocumentStore, Searched, Sort
from backend.matching import Either, Equals, Matching, Says
from backend.queues.search_meaning import TooMany

MOST = 100
PATIENCE_S = 1.0
_NAMES = applications.SEARCHED.texts


class DocumentPeople:
    """`backend.queues.search_meaning.People` on any document store."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def subjects_numbered(self, text: str) -> Sequence[str]:
        wanted = Either((Says("number", text), Equals("id", (text,))))
        return self._ids(applications.NAME, applications.SEARCHED, wanted, f"applications are numbered like {text!r}")

    def known_as(self, text: str) -> tuple[Sequence[str], Sequence[str]]:
        name = normalize("NFC", text)
        called = Either((Says("name", name), Says("email", name), Equals("id", (text,))))
        accounts = self._ids(users.USERS.name, users.SEARCHED, called, f"accounts are called like {text!r}")
        applied = Either((*(Says(field, name) for field in _NAMES if field != "number"), Equals("owner_id", tuple(accounts))))
        return self._ids(applications.NAME, applications.SEARCHED, applied, f"applications are of farmers like {text!r}"), accounts

    def _ids(self, collection: str, searched: Searched, wanted: Matching, what: str) -> list[str]:
        until, cursor, ids = time.monotonic() + PATIENCE_S, None, list[str]()
        while True:
            found = self._store.search(collection, wanted, sort=Sort(searched.by, "desc"), after=cursor, limit=MOST + 1)
            ids += [document["id"] for document in found.documents]
            if len(ids) > MOST:
                raise TooMany(f"more than {MOST} {what}: give more of it")
            cursor = found.next
            if cursor is None:
                return ids
            if time.monotonic() > until:
                raise TooMany(f"it takes too long to find which {what}: give a whole number, address or id")
