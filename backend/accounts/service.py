"""The use cases of accounts: register, sign in and out, and look after users."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from backend.accounts.addresses import normalise_email, normalise_name
from backend.accounts.demo import DEMO_ACCOUNTS
from backend.accounts.errors import EmailTaken
from backend.accounts.passwords import Passwords
from backend.accounts.ports import SessionRepository, UserRepository
from backend.accounts.roles import Role
from backend.accounts.throttle import Throttle
from backend.accounts.tokens import fingerprint, new_token
from backend.accounts.users import Session, SignedIn, User
from backend.clock import Clock
from backend.errors import InvalidInput, NotFound, NotSignedIn
from backend.telemetry.logs import logger

log = logger("accounts")


class AccountService:
    """One method per use case; `session_hours` is how long a sign-in lasts."""

    def __init__(
        self,
        users: UserRepository,
        sessions: SessionRepository,
        throttle: Throttle,
        clock: Clock,
        *,
        session_hours: int = 12,
        passwords: Passwords | None = None,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._throttle = throttle
        self._clock = clock
        self._lifetime = timedelta(hours=session_hours)
        self._passwords = passwords or Passwords()

    def register(self, email: str, password: str, name: str = "", *, ip: str = "") -> User:
        """Make a farmer's account. Raises InvalidInput (email, password, name), EmailTaken and TooManyAttempts."""
        self._throttle.registration(ip)
        return self.add_user(email, Role.FARMER, password, name)

    def add_user(self, email: str, role: Role, password: str, name: str = "") -> User:
        """Make an account of any role. Raises InvalidInput (email, password, name) and EmailTaken."""
        address = normalise_email(email)
        now = self._clock.now()
        user = User(
            id=str(uuid4()),
            email=address,
            name=normalise_name(name, otherwise=address.partition("@")[0]),
            role=role,
            password_hash=self._passwords.hash(password),
            created_at=now,
            updated_at=now,
        )
        self._users.insert(user)
        log.info("A user was added", user_id=user.id, role=role.value)
        return user

    def sign_in(self, email: str, password: str, *, ip: str = "") -> SignedIn:
        """Open a session. Raises NotSignedIn with one message for every cause, and TooManyAttempts."""
        address = _address_or_nothing(email)
        self._throttle.attempt(address, ip)
        user = self._users.by_email(address) if address else None
        matches = self._passwords.matches(password, user.password_hash if user else None)
        if user is None or not matches or not user.is_active:
            log.info("A sign-in was refused", user_id=user.id if user else "")
            raise NotSignedIn("The e-mail address or the password is wrong / อีเมลหรือรหัสผ่านไม่ถูกต้อง")
        self._throttle.succeeded(address, ip)
        if self._passwords.outdated(user.password_hash):
            user = self._users.save(replace(user, password_hash=self._passwords.hash(password)))
        return self._open_session(user)

    def sign_out(self, token: str) -> None:
        """End the session of that token; an unknown one is no error."""
        self._sessions.delete(fingerprint(token))

    def user_for_token(self, token: str) -> User | None:
        """Who the token belongs to, or None where it is unknown, ended, or the account is closed."""
        session = self._sessions.get(fingerprint(token)) if token else None
        if session is None or session.expires_at <= self._clock.now():
            return None
        user = self._users.get(session.user_id)
        return user if user and user.is_active else None

    def find(self, id: str) -> User | None:
        """The user with that id, or None."""
        return self._users.get(id)

    def find_by_email(self, email: str) -> User | None:
        """The user with that address, however it is written, or None."""
        return self._users.by_email(_address_or_nothing(email))

    def list_users(self) -> Sequence[User]:
        """All users by e-mail address."""
        return self._users.list()

    def set_password(self, email: str, password: str) -> User:
        """Give a new password and end every session of that user. Raises NotFound and InvalidInput (password)."""
        user = self.find_by_email(email)
        if user is None:
            raise NotFound("There is no user with that e-mail address")
        changed = replace(user, password_hash=self._passwords.hash(password), updated_at=self._clock.now())
        saved = self._users.save(changed)
        self._sessions.delete_of(user.id)
        return saved

    def ensure_admin(self, email: str, password: str) -> None:
        """Make that administrator exist with that password: the environment is the truth about it.

        Raises InvalidInput (email, password).
        """
        user = self.find_by_email(email)
        if user is None:
            self._add_unless_there(email, Role.ADMIN, password)
            return
        if user.role is not Role.ADMIN or not user.is_active:
            self._users.save(replace(user, role=Role.ADMIN, is_active=True, updated_at=self._clock.now()))
            log.warning("A user was made administrator by the environment", user_id=user.id)
        if not self._passwords.matches(password, user.password_hash):
            self.set_password(email, password)

    def ensure_demo(self) -> None:
        """Make the demonstration's accounts where they are missing."""
        for account in DEMO_ACCOUNTS:
            if self.find_by_email(account.email) is None:
                self._add_unless_there(account.email, account.role, account.password, account.name)

    def _open_session(self, user: User) -> SignedIn:
        token = new_token()
        now = self._clock.now()
        session = Session(id=fingerprint(token), user_id=user.id, created_at=now, expires_at=now + self._lifetime)
        self._sessions.delete_expired(now)
        self._sessions.insert(session)
        log.info("A user signed in", user_id=user.id)
        return SignedIn(user=user, token=token, expires_at=session.expires_at)

    def _add_unless_there(self, email: str, role: Role, password: str, name: str = "") -> None:
        try:
            self.add_user(email, role, password, name)
        except EmailTaken:
            log.debug("Another process added the user first", role=role.value)


def _address_or_nothing(email: str) -> str:
    """A malformed address belongs to nobody; whoever signs in need not learn more than that."""
    try:
        return normalise_email(email)
    except InvalidInput:
        return ""
