"""Builders of account objects over the memory store, with quick password hashing."""

from datetime import UTC, datetime

from backend.accounts.passwords import Passwords
from backend.accounts.service import AccountService
from backend.accounts.throttle import Limits, Throttle
from backend.adapters.documents.attempts import ATTEMPTS, DocumentAttempts
from backend.adapters.documents.sessions import SESSIONS, DocumentSessions
from backend.adapters.documents.users import USERS, DocumentUsers
from backend.adapters.memory.documents import MemoryStore
from backend.clock import FrozenClock

MONDAY = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
QUICK = Passwords(time_cost=1, memory_cost_kib=64)


class Accounts:
    """An AccountService with the pieces that a test wants to look into."""

    def __init__(self, *, limits=None, passwords=QUICK, session_hours=12):
        self.store = MemoryStore()
        self.store.ensure(USERS, SESSIONS, ATTEMPTS)
        self.clock = FrozenClock(MONDAY)
        self.users = DocumentUsers(self.store)
        self.sessions = DocumentSessions(self.store)
        throttle = Throttle(DocumentAttempts(self.store), self.clock, limits or Limits())
        self.service = AccountService(self.users, self.sessions, throttle, self.clock, session_hours=session_hours, passwords=passwords)
