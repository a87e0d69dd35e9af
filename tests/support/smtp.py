"""A real SMTP server on a free local port that can be told to refuse, to wait for a password, or to hang up."""

import ssl
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

HANG_UP = "hang up"


@dataclass(frozen=True)
class Received:
    """One message as it came over the wire."""

    mail_from: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> Message:
        return message_from_bytes(self.raw)


def header(message: Message, name: str) -> str:
    """A decoded header. Python's newer parser puts blanks into folded Thai, hence the older functions."""
    return str(make_header(decode_header(message[name])))


def part(message: Message, content_type: str) -> str:
    """The decoded text of the first part of that type."""
    found = next(item for item in message.walk() if item.get_content_type() == content_type)
    return found.get_payload(decode=True).decode("utf-8")


class SmtpScript:
    """Answers `250 OK` unless something else was lined up for a stage: MAIL, RCPT, DATA (before it is kept) or KEPT (after)."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self._answers: dict[str, list[str]] = defaultdict(list)

    def answer(self, stage: str, *answers: str) -> None:
        """Give these answers at a stage, one per time; `HANG_UP` drops the connection."""
        self._answers[stage].extend(answers)

    async def handle_MAIL(self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        return self._next("MAIL", server)

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:  # noqa: N802
        answer = self._next("RCPT", server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self._next("DATA", server)
        if answer.startswith("250"):
            self.received.append(Received(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
            answer = self._next("KEPT", server)
        return answer

    async def handle_QUIT(self, server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        answer = self._next("QUIT", server)
        return "221 Bye" if answer == "250 OK" else answer

    def _next(self, stage: str, server: Any) -> str:
        lined_up = self._answers[stage]
        answer = lined_up.pop(0) if lined_up else "250 OK"
        if answer == HANG_UP:
            server.transport.abort()
            return "421 gone"
        return answer


class _OnAnyPort(Controller):
    """Listens on a port that the system chooses."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass(frozen=True)
class SmtpServerUnderTest:
    """Where it listens, and what it was told and got."""

    port: int
    script: SmtpScript

    @property
    def received(self) -> list[Received]:
        return self.script.received


@contextmanager
def smtp_server(
    *, users: dict[str, str] | None = None, starttls: ssl.SSLContext | None = None, implicit: ssl.SSLContext | None = None
) -> Iterator[SmtpServerUnderTest]:
    """Serve until the block ends; `users` makes it demand one of these names with its password."""
    script = SmtpScript()

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and (users or {}).get(data.login.decode()) == data.password.decode()
        return AuthResult(success=known, handled=False)

    controller = _OnAnyPort(
        script,
        hostname="127.0.0.1",
        port=0,
        ssl_context=implicit,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=check if users else None,
        auth_required=bool(users),
        auth_require_tls=starttls is not None,
    )
    controller.start()
    try:
        yield SmtpServerUnderTest(controller.port, script)
    finally:
        controller.stop()
