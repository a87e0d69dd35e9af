"""A user: an e-mail address, a name, a role, and the hash of a password."""

from dataclasses import dataclass
from datetime import datetime

from backend.accounts.roles import STAFF, Role


@dataclass(frozen=True)
class User:
    """Somebody with an account; `email` is normalised (see `addresses`), times are aware UTC."""

    id: str
    email: str
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    updated_at: datetime
    is_active: bool = True
    version: int = 1

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    def to_json(self) -> dict[str, str]:
        """What others may see: never the hash."""
        return {"id": self.id, "email": self.email, "name": self.name, "role": self.role.value}


@dataclass(frozen=True)
class Session:
    """One sign-in: known by the SHA-256 of its token, so that reading the database lets nobody in."""

    id: str
    user_id: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class SignedIn:
    """What a successful sign-in hands out; `token` is shown here once and kept nowhere."""

    user: User
    token: str
    expires_at: datetime
