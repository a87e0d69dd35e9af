"""Register, sign in, sign out, and who am I."""

from typing import Any

from flask import Blueprint
from pydantic import ConfigDict, Field

from backend.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from backend.clock import to_iso
from backend.web.csrf import csrf_token
from backend.web.current_user import client_ip, current_account, forget, remember
from backend.web.endpoint import Answer, Endpoint, Input, View, endpoint
from backend.web.gates import public, signed_in
from backend.web.state import use_cases

blueprint = Blueprint("auth", __name__, url_prefix="/api/v1/auth")


class Credentials(Input):
    """Who, and the proof; other keys that a form may carry are not looked at."""

    model_config = ConfigDict(extra="ignore")

    email: str = Field(max_length=1000, examples=["farmer@gacp.example"])
    password: str = Field(max_length=1000)


class Registration(Credentials):
    """A new farmer; `name` may be left out."""

    password: str = Field(max_length=1000, description=f"{MIN_LENGTH} to {MAX_LENGTH} characters of any kind")
    name: str = Field("", max_length=1000)


class UserView(View):
    """An account as others see it."""

    id: str
    email: str
    name: str
    role: str


class UserAnswer(Answer):
    """One account."""

    user: UserView


class SignedInAnswer(UserAnswer):
    """`token` goes into `Authorization: Bearer`; browsers have the cookie and send `csrfToken` as `X-CSRFToken`."""

    token: str
    expires_at: str
    csrf_token: str


class MeAnswer(UserAnswer):
    """Who is signed in, and the CSRF token of this session."""

    csrf_token: str


@endpoint(blueprint, "POST", "/register", spec=Endpoint("Make a farmer's account", public, UserAnswer, body=Registration, status=201))
def register(body: Registration) -> dict[str, Any]:
    return {"user": use_cases().accounts.register(body.email, body.password, body.name, ip=client_ip()).to_json()}


@endpoint(blueprint, "POST", "/login", spec=Endpoint("Sign in: a token, and the session cookie", public, SignedInAnswer, body=Credentials))
def login(body: Credentials) -> dict[str, Any]:
    done = use_cases().accounts.sign_in(body.email, body.password, ip=client_ip())
    remember(done)
    return {
        "token": done.token,
        "user": done.user.to_json(),
        "expiresAt": to_iso(done.expires_at),
        "csrfToken": csrf_token(),
    }


@endpoint(blueprint, "POST", "/logout", spec=Endpoint("Sign out: the token and the cookie are worth nothing any more", public, Answer))
def logout() -> dict[str, Any]:
    forget()
    return {}


@endpoint(blueprint, "GET", "/me", spec=Endpoint("Who is signed in", signed_in, MeAnswer))
def me() -> dict[str, Any]:
    return {"user": current_account().to_json(), "csrfToken": csrf_token()}
