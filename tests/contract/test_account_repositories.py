"""The repositories of accounts keep their promises over every document store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.accounts.errors import EmailTaken
from backend.accounts.roles import Role
from backend.accounts.users import Session, User
from backend.adapters.documents.attempts import ATTEMPTS, DocumentAttempts
from backend.adapters.documents.sessions import SESSIONS, DocumentSessions
from backend.adapters.documents.users import USERS, DocumentUsers
from backend.adapters.memory.documents import MemoryStore
from backend.adapters.sqlite.store import SqliteStore
from backend.errors import Conflict

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=15)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "documents.db")
    store.ensure(USERS, SESSIONS, ATTEMPTS)
    yield store
    store.close()


def a_user(**changes):
    user = User("u1", "somchai@example.com", "สมชาย", Role.FARMER, "hash", NOW, NOW)
    return replace(user, **changes)


def test_a_user_comes_back_whole_by_id_and_by_address(store):
    users = DocumentUsers(store)
    users.insert(a_user())

    assert users.get("u1") == a_user()
    assert users.by_email("somchai@example.com") == a_user()
    assert isinstance(users.get("u1").role, Role)


def test_nobody_is_none(store):
    users = DocumentUsers(store)

    assert users.get("u1") is None
    assert users.by_email("somchai@example.com") is None


def test_an_address_belongs_to_one_account(store):
    users = DocumentUsers(store)
    users.insert(a_user())

    with pytest.raises(EmailTaken):
        users.insert(a_user(id="u2"))

    assert users.get("u2") is None


def test_a_save_raises_the_version_and_a_stale_one_is_refused(store):
    users = DocumentUsers(store)
    users.insert(a_user())

    saved = users.save(a_user(name="สมหญิง"))

    assert saved == a_user(name="สมหญิง", version=2)
    with pytest.raises(Conflict):
        users.save(a_user(name="too late"))


def test_users_are_listed_by_address(store):
    users = DocumentUsers(store)
    for number, email in enumerate(["c@example.com", "a@example.com", "b@example.com"]):
        users.insert(a_user(id=f"u{number}", email=email))

    assert [user.email for user in users.list()] == ["a@example.com", "b@example.com", "c@example.com"]


def test_sessions_end_one_by_one_or_all_of_a_user(store):
    sessions = DocumentSessions(store)
    for session_id, user_id in (("s1", "u1"), ("s2", "u1"), ("s3", "u2")):
        sessions.insert(Session(session_id, user_id, NOW, NOW + timedelta(hours=12)))

    sessions.delete("s1")
    sessions.delete("s1")
    assert [sessions.get(each) is None for each in ("s1", "s2", "s3")] == [True, False, False]

    sessions.delete_of("u1")
    assert [sessions.get(each) is None for each in ("s1", "s2", "s3")] == [True, True, False]


def test_sessions_that_are_over_are_forgotten(store):
    sessions = DocumentSessions(store)
    sessions.insert(Session("over", "u1", NOW, NOW))
    sessions.insert(Session("going on", "u1", NOW, NOW + timedelta(seconds=1)))

    assert sessions.delete_expired(NOW + timedelta(milliseconds=1)) == 1
    assert sessions.get("going on") == Session("going on", "u1", NOW, NOW + timedelta(seconds=1))


def test_attempts_are_counted_per_key_and_window(store):
    attempts = DocumentAttempts(store)

    assert [attempts.hit("a", NOW, WINDOW) for _ in range(3)] == [1, 2, 3]
    assert attempts.hit("b", NOW, WINDOW) == 1
    assert attempts.hit("a", NOW + WINDOW, WINDOW) == 1


def test_an_attempt_can_be_forgiven_and_all_cleared(store):
    attempts = DocumentAttempts(store)
    attempts.hit("a", NOW, WINDOW)
    attempts.hit("a", NOW, WINDOW)

    attempts.forgive("a", NOW, WINDOW)
    assert attempts.hit("a", NOW, WINDOW) == 2

    attempts.clear("a", NOW, WINDOW)
    assert attempts.hit("a", NOW, WINDOW) == 1


def test_only_windows_that_are_over_are_forgotten(store):
    attempts = DocumentAttempts(store)
    attempts.hit("a", NOW, WINDOW)

    assert attempts.delete_expired(NOW) == 0
    assert attempts.delete_expired(NOW + 2 * WINDOW) == 1
