"""What accounts need from outside: each port says what it promises and what it raises."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from backend.accounts.users import Session, User


class UserRepository(Protocol):
    """Keeps users. Every method may raise Unavailable."""

    def insert(self, user: User) -> None:
        """Add; raises EmailTaken where the address has an account."""

    def get(self, id: str) -> User | None:
        """The user, or None."""

    def by_email(self, email: str) -> User | None:
        """The user with that normalised address, or None."""

    def save(self, user: User) -> User:
        """Replace the one at `user.version`; returns it one version higher. Raises Conflict where it changed meanwhile."""

    def list(self, limit: int = 1000) -> Sequence[User]:
        """Users by e-mail address."""


class SessionRepository(Protocol):
    """Keeps who is signed in. Every method may raise Unavailable."""

    def insert(self, session: Session) -> None:
        """Add a session."""

    def get(self, id: str) -> Session | None:
        """The session, or None; it may be past its end."""

    def delete(self, id: str) -> None:
        """End it; one that is gone already is success."""

    def delete_of(self, user_id: str) -> None:
        """End every session of a user."""

    def delete_expired(self, now: datetime) -> int:
        """Forget what ended before `now`; returns how many."""


class AttemptCounter(Protocol):
    """Counts attempts under a key within fixed windows of time. Every method may raise Unavailable."""

    def hit(self, key: str, now: datetime, window: timedelta) -> int:
        """Count one more, in one step over all processes; returns the count within the window of `now`."""

    def forgive(self, key: str, now: datetime, window: timedelta) -> None:
        """Take one back within the window of `now`."""

    def clear(self, key: str, now: datetime, window: timedelta) -> None:
        """Start again from zero within the window of `now`."""

    def delete_expired(self, now: datetime) -> int:
        """Forget windows that are over; returns how many."""
