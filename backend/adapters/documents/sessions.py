"""Sign-in sessions on the document port."""

from dataclasses import asdict
from datetime import datetime

from backend.accounts.users import Session
from backend.adapters.documents.store import Collection, DocumentStore, Index, Range

SESSIONS = Collection("sessions", indexes=(Index(("user_id",)), Index(("expires_at",))))


class DocumentSessions:
    """A SessionRepository: ending a session is a delete, so that it is over everywhere at once."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def insert(self, session: Session) -> None:
        self._store.insert(SESSIONS.name, asdict(session))

    def get(self, id: str) -> Session | None:
        document = self._store.get(SESSIONS.name, id)
        return Session(**{name: document[name] for name in Session.__dataclass_fields__}) if document else None

    def delete(self, id: str) -> None:
        self._store.delete(SESSIONS.name, id)

    def delete_of(self, user_id: str) -> None:
        while self._store.delete_many(SESSIONS.name, {"user_id": user_id}):
            pass

    def delete_expired(self, now: datetime) -> int:
        return self._store.delete_many(SESSIONS.name, {"expires_at": Range(lt=now)})
