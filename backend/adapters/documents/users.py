"""Users on the document port."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from backend.accounts.errors import EmailTaken
from backend.accounts.roles import Role
from backend.accounts.users import User
from backend.adapters.documents.store import Collection, Document, DocumentStore, DuplicateKey, Index, Searched, Sort

SEARCHED = Searched(by="created_at", texts=("name", "email"))
USERS = Collection("users", indexes=(Index(("email",), unique=True),), searched=SEARCHED)


class DocumentUsers:
    """A UserRepository: the address is unique by an index, so that two registrations at once make one account."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def insert(self, user: User) -> None:
        try:
            self._store.insert(USERS.name, _to_document(user))
        except DuplicateKey:
            raise EmailTaken("Sign in instead, or use another e-mail address / มีบัญชีที่ใช้อีเมลนี้แล้ว โปรดเข้าสู่ระบบ") from None

    def get(self, id: str) -> User | None:
        return _to_user(self._store.get(USERS.name, id))

    def by_email(self, email: str) -> User | None:
        found = self._store.find(USERS.name, {"email": email}, limit=1)
        return _to_user(found[0]) if found else None

    def save(self, user: User) -> User:
        saved = self._store.replace(USERS.name, _to_document(user), user.version)
        return _from_document(saved)

    def list(self, limit: int = 1000) -> Sequence[User]:
        return [_from_document(document) for document in self._store.find(USERS.name, sort=Sort("email"), limit=limit)]


def _to_document(user: User) -> Document:
    return asdict(user) | {"role": user.role.value}


def _to_user(document: Document | None) -> User | None:
    return _from_document(document) if document else None


def _from_document(document: Document) -> User:
    fields: dict[str, Any] = {name: document[name] for name in User.__dataclass_fields__}
    return User(**fields | {"role": Role(document["role"])})
