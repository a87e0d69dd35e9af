"""Who asks: by session cookie or by bearer token, never by a mixture of the two."""

from typing import cast

from flask import Flask, Request, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from backend import context
from backend.accounts.users import SignedIn, User
from backend.certification.actors import Actor
from backend.errors import NotSignedIn
from backend.web.state import use_cases


class Visitor(UserMixin):  # type: ignore[misc] # flask-login has no types
    """Somebody signed in, and the token that says so; flask-login keeps the token as the id in the session cookie."""

    def __init__(self, user: User, token: str) -> None:
        self.user = user
        self.token = token

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> None:
    """Let flask-login find the visitor through the account service."""
    manager = LoginManager()
    manager.init_app(app)
    manager.user_loader(_from_cookie)
    manager.request_loader(_from_header)


def visitor() -> Visitor | None:
    """Who is signed in, or None."""
    return cast("Visitor", current_user) if current_user.is_authenticated else None


def current_account() -> User:
    """The user who asks; raises NotSignedIn."""
    found = visitor()
    if found is None:
        raise NotSignedIn("Sign in first / โปรดเข้าสู่ระบบก่อน")
    return found.user


def current_actor() -> Actor:
    """The user who asks, as certification knows people; raises NotSignedIn."""
    user = current_account()
    return Actor(id=user.id, role=user.role.value, email=user.email, name=user.name, ip=client_ip())


def seen_user_id() -> str:
    """Who asked, as far as this request had to find out; it asks no database."""
    found = g.get("_login_user")
    return found.user.id if isinstance(found, Visitor) else ""


def client_ip() -> str:
    """Where the request came from; behind proxies see TRUSTED_PROXIES."""
    return request.remote_addr or ""


def by_bearer() -> bool:
    """Whether the request shows a bearer token: then the cookie counts for nothing."""
    return request.headers.get("Authorization", "")[:7].lower() == "bearer "


def remember(signed_in: SignedIn) -> None:
    """Set the session cookie; whatever the session held before is dropped, so that nobody can plant one."""
    session.clear()
    session.permanent = True
    login_user(Visitor(signed_in.user, signed_in.token))


def forget() -> None:
    """End the session on the server and clear the cookie."""
    found = visitor()
    if found is not None:
        use_cases().accounts.sign_out(found.token)
    logout_user()
    session.clear()


def _from_cookie(token: str) -> Visitor | None:
    return None if by_bearer() else _visitor(token)


def _from_header(incoming: Request) -> Visitor | None:
    return _visitor(incoming.headers["Authorization"][7:].strip()) if by_bearer() else None


def _visitor(token: str) -> Visitor | None:
    user = use_cases().accounts.user_for_token(token)
    if user is None:
        return None
    context.add(userId=user.id)
    return Visitor(user, token)
