"""What every Mailer promises: memory, outbox folder and SMTP alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from backend.adapters.memory.mailer import MemoryMailer
from backend.adapters.smtp.mailer import SmtpMailer
from backend.adapters.smtp.outbox import OutboxMailer
from backend.adapters.smtp.server import SmtpServer
from backend.certification.ports import Letter, Mailer
from backend.clock import FrozenClock
from backend.context import bind
from backend.errors import PermanentFailure, TemporaryFailure
from tests.support.smtp import header, part, smtp_server

MAIL_FROM = "กรมการแพทย์แผนไทยและการแพทย์ทางเลือก <no-reply@gacp.example>"
LETTER = Letter(
    key="6f" * 32,
    kind="application.submitted",
    to="farmer@example.com",
    subject="[GACP DTAM] ได้รับคำขอ GACP-2569-000101 แล้ว / We received application GACP-2569-000101",
    text="เรียน ผู้ยื่นคำขอ\nน้ำ ที่ ปู่ ญี่ปุ่น กตัญญู ฐิติ\n" + "ยาวมาก" * 400,
    html="<p>เรียน ผู้ยื่นคำขอ</p>",
    application_id="a1",
)


@dataclass(frozen=True)
class Provider:
    """A mailer, its clock, a way to look at what went out, and a way to make the next letter fail for now."""

    mailer: Mailer
    clock: FrozenClock
    messages: Callable[[], list[Message]]
    break_down: Callable[[], None]


@pytest.fixture(params=["memory", "outbox", "smtp"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    clock = FrozenClock(datetime(2026, 11, 2, 2, 30, tzinfo=UTC))
    match request.param:
        case "memory":
            memory = MemoryMailer(MAIL_FROM, clock)
            yield Provider(
                memory,
                clock,
                lambda: [message_from_bytes(bytes(item)) for item in memory.messages],
                lambda: memory.fail_next(TemporaryFailure("busy")),
            )
        case "outbox":
            folder = tmp_path / "outbox"
            mailer = OutboxMailer(folder, MAIL_FROM, clock)
            yield Provider(
                mailer,
                clock,
                lambda: [message_from_bytes(path.read_bytes()) for path in sorted(folder.glob("*.eml"))],
                lambda: folder.write_text("a file where the folder should be"),
            )
        case "smtp":
            with smtp_server() as server:
                smtp = SmtpMailer(SmtpServer("127.0.0.1", server.port, "none"), MAIL_FROM, clock, timeout=5)
                yield Provider(
                    smtp,
                    clock,
                    lambda: [item.message for item in server.received],
                    lambda: server.script.answer("RCPT", "451 later"),
                )


def test_the_message_id_comes_from_the_key_alone(provider: Provider):
    first = provider.mailer.send(LETTER)
    provider.clock.move(timedelta(hours=3))
    again = provider.mailer.send(replace(LETTER, subject="Something else"))
    other = provider.mailer.send(replace(LETTER, key="70" * 32))
    assert first == again
    assert first != other
    assert LETTER.key[:32] in first


def test_a_server_that_is_busy_is_a_temporary_failure_and_nothing_went_out(provider: Provider):
    provider.break_down()
    with pytest.raises(TemporaryFailure):
        provider.mailer.send(LETTER)
    assert provider.messages() == []


def test_a_letter_arrives_with_thai_subject_text_and_html(provider: Provider):
    message_id = provider.mailer.send(LETTER)
    (message,) = provider.messages()
    assert header(message, "Subject") == LETTER.subject
    assert header(message, "To") == LETTER.to
    assert header(message, "From") == MAIL_FROM
    assert message["Message-ID"] == message_id
    assert message["Date"] == "Mon, 02 Nov 2026 02:30:00 +0000"
    assert part(message, "text/plain").replace("\r\n", "\n").strip() == LETTER.text
    assert part(message, "text/html").strip() == LETTER.html
    assert {item["Content-Transfer-Encoding"] for item in message.walk() if not item.is_multipart()} == {"base64"}


def test_a_letter_names_the_request_that_it_is_from(provider: Provider):
    with bind(requestId="req_12345678"):
        provider.mailer.send(LETTER)
    provider.mailer.send(replace(LETTER, key="f" * 64))

    assert [message["X-Request-ID"] for message in provider.messages()] == ["req_12345678", None]


@pytest.mark.parametrize(
    "broken",
    [
        {"subject": "Hello\r\nBcc: everybody@example.com"},
        {"to": "farmer@example.com\r\nBcc: everybody@example.com"},
        {"to": "farmer@example.com, everybody@example.com"},
        {"to": "farmer@example.com everybody@example.com"},
        {"to": "no address"},
        {"to": "@example.com"},
        {"to": "farmer@"},
        {"to": ""},
    ],
)
def test_a_header_that_smuggles_and_an_address_that_is_none_go_nowhere(provider: Provider, broken: dict[str, str]):
    with pytest.raises(PermanentFailure, match="recipient or subject"):
        provider.mailer.send(replace(LETTER, **broken))
    assert provider.messages() == []
