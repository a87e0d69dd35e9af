"""A local server that speaks Google Calendar's REST API, version 3, and signs service accounts in."""

import json
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

from tests.support.local_http import LocalHttp, Reply, Request

SCOPE = "https://www.googleapis.com/auth/calendar.events"
AUDIENCE = "https://oauth2.googleapis.com/token"  # google-auth writes Google's own, whatever the key file says


@dataclass(frozen=True)
class Failure:
    """One refusal, as Google words it; `drop` hangs up instead, `text` answers with a page of a proxy."""

    status: int = 500
    reason: str = ""
    retry_after: str = ""
    drop: bool = False
    text: str | None = None
    delay: float = 0


class FakeGoogleCalendar(LocalHttp):
    """Events of one calendar. Failures are used up by calendar requests in order; sign-in never fails unless told to."""

    def __init__(self, calendar_id: str = "inspections@group.calendar.google.com") -> None:
        super().__init__()
        self.calendar_id = calendar_id
        self.events: dict[str, dict[str, Any]] = {}
        self.makes_meetings = True
        self.edits_before_patch = 0
        self.purges_before_patch = False
        self.sign_in_failure: Reply | None = None
        self._failures: list[Failure] = []
        self._purged: set[str] = set()
        self._tokens: set[str] = set()
        self._edits = 0

    def fail(self, *failures: Failure) -> None:
        """Answer the next calendar requests with these, one each."""
        self._failures.extend(failures)

    def purge(self, event_id: str) -> None:
        """Remove an event for good: its id stays taken and answers 410."""
        self.events.pop(event_id)
        self._purged.add(event_id)

    def edit(self, event_id: str, **changes: Any) -> None:
        """Change an event as an officer does in the browser."""
        self._store({**self.events[event_id], **changes})

    def revoke_tokens(self) -> None:
        """Forget every access token given out so far."""
        self._tokens.clear()

    def calendar_requests(self) -> list[Request]:
        return [request for request in self.requests if request.path.startswith("/calendar/")]

    def key_file(self, folder: Path) -> str:
        """Write the JSON key of a service account whose sign-in is this server."""
        path = folder / "service-account.json"
        path.write_text(
            json.dumps(
                {
                    "type": "service_account",
                    "client_email": "gacp@example.iam.gserviceaccount.com",
                    "private_key": _private_key(),
                    "token_uri": f"{self.url}/token",
                }
            ),
            encoding="utf-8",
        )
        return str(path)

    def answer(self, request: Request) -> Reply:
        if request.path == "/token":
            return self._sign_in(request)
        if self._failures:
            return _failed(self._failures.pop(0))
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            return _refused(401, "authError")
        root = f"/calendar/v3/calendars/{self.calendar_id}/events"
        path = unquote(request.path)
        if not path.startswith(root):
            return _refused(404, "notFound")
        return self._event_request(request, path.removeprefix(root).removeprefix("/"))

    def _event_request(self, request: Request, event_id: str) -> Reply:
        if request.method == "POST":
            return self._insert(request.body)
        if event_id in self._purged:
            return _refused(410, "deleted")
        if event_id not in self.events:
            return _refused(404, "notFound")
        if request.method == "PATCH":
            return self._patch(event_id, request)
        return Reply(body=self.events[event_id])

    def _insert(self, body: dict[str, Any]) -> Reply:
        if not _valid_id(body.get("id", "")) or body.get("status") == "cancelled":
            return _refused(400, "invalid")
        if body["id"] in self.events or body["id"] in self._purged:
            return _refused(409, "duplicate")
        if "conferenceData" in body and not self.makes_meetings:
            return _refused(400, "invalid")
        meeting = {"hangoutLink": f"https://meet.example/{body['id']}"} if "conferenceData" in body else {}
        return Reply(body=self._store({**body, **meeting, "htmlLink": f"https://calendar.example/event?eid={body['id']}"}))

    def _patch(self, event_id: str, request: Request) -> Reply:
        if self.edits_before_patch:
            self.edits_before_patch -= 1
            self.edit(event_id, summaryNote="edited meanwhile")
        if self.purges_before_patch:
            self.purge(event_id)
            return _refused(410, "deleted")
        if request.headers.get("if-match") not in {None, self.events[event_id]["etag"]}:
            return _refused(412, "conditionNotMet")
        return Reply(body=self._store(_merged(self.events[event_id], request.body)))

    def _store(self, event: dict[str, Any]) -> dict[str, Any]:
        self._edits += 1
        stored = {**event, "etag": f'"{self._edits}"'}
        self.events[event["id"]] = stored
        return stored

    def _sign_in(self, request: Request) -> Reply:
        if self.sign_in_failure is not None:
            return self.sign_in_failure
        assertion = parse_qs(str(request.body)).get("assertion", [""])[0]
        claims = jwt.decode(assertion, certs=_public_key(), audience=AUDIENCE)
        if claims["scope"] != SCOPE:
            return Reply(400, {"error": "invalid_scope"})
        token = f"token-{len(self._tokens)}-{time.monotonic_ns()}"
        self._tokens.add(token)
        return Reply(body={"access_token": token, "expires_in": 3600, "token_type": "Bearer"})


def _valid_id(event_id: str) -> bool:
    return 5 <= len(event_id) <= 1024 and set(event_id) <= set("0123456789abcdefghijklmnopqrstuv")


def _merged(old: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    merged = dict(old)
    for key, value in change.items():
        both = isinstance(value, dict) and isinstance(old.get(key), dict)
        merged[key] = _merged(old[key], value) if both else value
    return merged


def _failed(failure: Failure) -> Reply:
    headers = {"Retry-After": failure.retry_after} if failure.retry_after else {}
    body = _refused(failure.status, failure.reason).body
    return Reply(failure.status, body, text=failure.text, headers=headers, drop=failure.drop, delay=failure.delay)


def _refused(status: int, reason: str) -> Reply:
    return Reply(status, {"error": {"code": status, "message": reason, "errors": [{"domain": "global", "reason": reason}]}})


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _private_key() -> str:
    encryption = serialization.NoEncryption()
    return _key().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption).decode()


def _public_key() -> bytes:
    return _key().public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
