"""Checks of a running web process: does it answer, does it call itself ready, how does it refuse, is there a socket."""

import base64
import http.client
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from backend.services.doctor.checks import Check, Verdict, failed, ok, skipped, warning
from backend.services.doctor.patient import Patient
from backend.settings import Settings

SUBJECT = "web"
TIMEOUT_S = 2.0
SLOW_MS = 50.0
ANYWHERE = {"0.0.0.0", "::", "localhost"}  # noqa: S104 - compared, not bound
SOCKET = "/socket.io/?EIO=4&transport=websocket"
NAMESPACE = "/job-progress"
START = "start it: gacp web, or `make run` for everything"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    took_ms: float

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def address(settings: Settings) -> tuple[str, int]:
    """Where a web process with these settings listens, seen from this machine."""
    return ("127.0.0.1" if settings.host in ANYWHERE else settings.host, settings.port)


def ask(settings: Settings, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """One GET; raises OSError or HTTPException where nobody answers HTTP there."""
    line = http.client.HTTPConnection(*address(settings), timeout=TIMEOUT_S)
    began = time.perf_counter()
    try:
        line.request("GET", path, headers=dict(headers or {}))
        got = line.getresponse()
        # After a switch of protocols the body never ends.
        body = b"" if got.status == http.client.SWITCHING_PROTOCOLS else got.read()
        return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, body, (time.perf_counter() - began) * 1000)
    finally:
        line.close()


def _absent(patient: Patient, error: Exception) -> Verdict:
    host, port = address(patient.settings)
    seen = f"no web process answers at {host}:{port}: {error}"
    # A worker's machine, or one where nothing has been started yet, has none.
    return failed(seen, START) if patient.settings.production or patient.dev_runs else warning(seen, START)


def _lives(patient: Patient) -> Verdict:
    try:
        ask(patient.settings, "/healthz")  # the first answer of a process may take its time
        got = ask(patient.settings, "/healthz")
    except (OSError, http.client.HTTPException) as error:
        return _absent(patient, error)
    seen = f"{':'.join(map(str, address(patient.settings)))} answers /healthz with {got.status} in {got.took_ms:.0f} ms"
    if got.status != http.client.OK or got.json() != {"status": "ok"}:
        return failed(f"{seen}: it is not this product", "HOST and PORT name another program: set them as the web process has them")
    if got.took_ms > SLOW_MS:
        return warning(seen, "the process is busy: more WEB_CONCURRENCY, and see whether jobs run in their callers")
    return ok(seen)


def _ready(patient: Patient) -> Verdict:
    got = _answer(patient, "/readyz")
    if isinstance(got, Verdict):
        return got
    told = got.json() or {}
    seen = f"{got.status} {told.get('status', '?')}: documents {told.get('documents', '?')}, redis {told.get('redis', '?')}"
    if got.status != http.client.OK:
        return failed(seen, "see the checks `documents` and `redis`; a process that stops says so, too")
    if told.get("status") != "ready":
        return warning(seen, "it serves, and jobs run in their callers: see the check `redis`")
    return ok(seen)


def _refusal(patient: Patient) -> Verdict:
    """How the API tells of a job id that there is not, to somebody who is not signed in: as a problem with a request id."""
    given = f"doctor-{secrets.token_hex(8)}"
    got = _answer(patient, f"/api/jobs/{given}", {"X-Request-ID": given})
    if isinstance(got, Verdict):
        return got
    told = got.json() or {}
    as_it_should = got.status == http.client.UNAUTHORIZED and told.get("success") is False and told.get("requestId") == given
    if as_it_should and got.headers.get("content-type", "").startswith("application/problem+json"):
        return ok("a refusal is application/problem+json and carries the caller's X-Request-ID")
    return failed(
        f"GET /api/jobs/{given} without signing in gave {got.status}, {got.headers.get('content-type')}", "see the log of the web"
    )


def _socket(patient: Patient) -> Verdict:
    """A WebSocket handshake as a Socket.IO client makes it."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
    got = _answer(patient, SOCKET, upgrade)
    if isinstance(got, Verdict):
        return got
    if got.status == http.client.SWITCHING_PROTOCOLS:
        return ok(f"a WebSocket opens at {SOCKET.partition('?')[0]}")
    return skipped(
        f"TCP connects, and {NAMESPACE} is not there yet: the handshake got {got.status}", "follow a job with: gacp jobs show ID"
    )


def _answer(patient: Patient, path: str, headers: Mapping[str, str] | None = None) -> Answer | Verdict:
    try:
        return ask(patient.settings, path, headers)
    except (OSError, http.client.HTTPException) as error:
        return skipped(f"no web process answers: {error}")


CHECKS = (
    Check("web", SUBJECT, _lives),
    Check("ready", SUBJECT, _ready),
    Check("refusals", SUBJECT, _refusal),
    Check("socket", SUBJECT, _socket),
)
