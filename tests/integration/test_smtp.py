"""Against a real SMTP server: sign-in, encryption, and what each refusal means for the letter."""

import os
import socket
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.adapters.smtp.mailer import SmtpMailer
from backend.adapters.smtp.outbox import OutboxMailer
from backend.adapters.smtp.server import SmtpServer
from backend.certification.ports import Letter
from backend.clock import FrozenClock
from backend.errors import Misconfigured, PermanentFailure, TemporaryFailure
from tests.support.certificates import LocalCertificate, make_certificate
from tests.support.smtp import HANG_UP, SmtpServerUnderTest, smtp_server

CLOCK = FrozenClock(datetime(2026, 11, 2, 2, 30, tzinfo=UTC))
MAIL_FROM = "GACP <no-reply@gacp.example>"
LETTER = Letter(key="ab" * 32, kind="qc.completed", to="farmer@example.com", subject="ผล", text="น้ำ", html="<p>น้ำ</p>")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> LocalCertificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def mailer(server: SmtpServerUnderTest, certificate: LocalCertificate | None = None, **changes) -> SmtpMailer:
    where = replace(SmtpServer("127.0.0.1", server.port, "none"), **changes)
    return SmtpMailer(where, MAIL_FROM, CLOCK, tls=certificate.for_client() if certificate else None, timeout=5)


@pytest.mark.parametrize(
    ("stage", "answer", "expected"),
    [
        ("MAIL", "451 4.3.0 try later", TemporaryFailure),
        ("MAIL", "552 5.2.2 over quota", PermanentFailure),
        ("MAIL", "530 5.7.0 authentication required", Misconfigured),
        ("RCPT", "450 4.2.0 greylisted", TemporaryFailure),
        ("RCPT", "550 5.1.1 no such mailbox", PermanentFailure),
        ("DATA", "452 4.3.1 no space", TemporaryFailure),
        ("DATA", "554 5.7.1 looks like spam", PermanentFailure),
        ("DATA", HANG_UP, TemporaryFailure),
        ("RCPT", HANG_UP, TemporaryFailure),
        ("RCPT", "421 4.3.2 shutting down", TemporaryFailure),
    ],
)
def test_a_refusal_of_the_letter_is_final_or_not_as_its_code_says(stage, answer, expected):
    with smtp_server() as server:
        server.script.answer(stage, answer)
        with pytest.raises(expected):
            mailer(server).send(LETTER)
        assert server.received == []
        mailer(server).send(LETTER)
        assert len(server.received) == 1


def test_the_answer_of_the_server_is_told_without_the_address():
    with smtp_server() as server:
        server.script.answer("RCPT", "550 5.1.1 <farmer@example.com> is unknown")
        with pytest.raises(PermanentFailure, match=r"550 5\.1\.1") as raised:
            mailer(server).send(LETTER)
    assert "farmer@example.com" not in str(raised.value)


@pytest.mark.parametrize("parting", ["500 what", HANG_UP])
def test_a_rude_goodbye_does_not_undo_a_letter_that_was_taken(parting):
    with smtp_server() as server:
        server.script.answer("QUIT", parting)
        mailer(server).send(LETTER)
        assert len(server.received) == 1


def test_a_connection_lost_after_the_letter_was_taken_sends_it_again_under_the_same_message_id():
    with smtp_server() as server:
        server.script.answer("KEPT", HANG_UP)
        with pytest.raises(TemporaryFailure):
            mailer(server).send(LETTER)
        mailer(server).send(LETTER)
        first, second = (item.message["Message-ID"] for item in server.received)
    assert first == second


def test_the_letter_goes_to_its_one_recipient_from_our_address():
    with smtp_server() as server:
        mailer(server).send(LETTER)
        (received,) = server.received
    assert received.mail_from == "no-reply@gacp.example"
    assert received.recipients == ("farmer@example.com",)
    assert max(len(line) for line in received.raw.splitlines()) <= 998


def test_starttls_and_a_password_work_with_a_certificate_that_is_trusted(certificate):
    with smtp_server(users={"gacp": "p@ss"}, starttls=certificate.for_server()) as server:
        mailer(server, certificate, tls="starttls", user="gacp", password="p@ss").send(LETTER)
        assert len(server.received) == 1


def test_tls_from_the_first_byte_works(certificate):
    with smtp_server(implicit=certificate.for_server()) as server:
        mailer(server, certificate, tls="implicit").send(LETTER)
        assert len(server.received) == 1


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_nobody_vouches_for_is_a_matter_of_settings(certificate, tls):
    offers = {tls: certificate.for_server()}
    with smtp_server(**offers) as server:
        with pytest.raises(Misconfigured, match="certificate"):
            mailer(server, tls=tls).send(LETTER)
        assert server.received == []


def test_a_server_without_starttls_is_never_spoken_to_in_the_clear():
    with smtp_server() as server:
        with pytest.raises(Misconfigured, match=r"\?tls=none"):
            mailer(server, tls="starttls").send(LETTER)
        assert server.received == []


def test_a_wrong_password_is_a_matter_of_settings_and_is_not_repeated(certificate):
    with smtp_server(users={"gacp": "right"}, starttls=certificate.for_server()) as server:
        with pytest.raises(Misconfigured) as raised:
            mailer(server, certificate, tls="starttls", user="gacp", password="wrong-one").send(LETTER)
        assert server.received == []
    assert "wrong-one" not in str(raised.value)


def test_a_server_that_knows_no_sign_in_is_a_matter_of_settings():
    with smtp_server() as server, pytest.raises(Misconfigured):
        mailer(server, user="gacp", password="secret").send(LETTER)


def test_nobody_listening_is_temporary():
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: a connection is refused
        where = SmtpServer("127.0.0.1", taken.getsockname()[1], "none")
        with pytest.raises(TemporaryFailure):
            SmtpMailer(where, MAIL_FROM, CLOCK, timeout=1).send(LETTER)


def test_a_server_that_never_answers_is_given_up_on_after_the_time_limit():
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        where = SmtpServer("127.0.0.1", silent.getsockname()[1], "none")
        with pytest.raises(TemporaryFailure):
            SmtpMailer(where, MAIL_FROM, CLOCK, timeout=0.2).send(LETTER)


def test_a_thai_domain_is_written_in_the_letters_that_every_server_knows():
    with smtp_server() as server:
        mailer(server).send(replace(LETTER, to="somchai@สมุนไพร.ไทย"))
        (recipient,) = server.received[0].recipients
    assert recipient.startswith("somchai@xn--")


def test_a_mailbox_beyond_ascii_is_refused_before_anybody_is_called():
    with smtp_server() as server, pytest.raises(PermanentFailure):
        mailer(server).send(replace(LETTER, to="สมชาย@example.com"))


def test_the_outbox_has_one_sortable_file_per_letter_however_often_it_is_sent(tmp_path: Path):
    clock = FrozenClock(datetime(2026, 11, 2, 2, 30, tzinfo=UTC))
    outbox = OutboxMailer(tmp_path / "outbox", MAIL_FROM, clock)
    outbox.send(LETTER)
    clock.set(datetime(2026, 11, 2, 9, 0, tzinfo=UTC))
    outbox.send(replace(LETTER, key="cd" * 32, kind="status-change.revision"))
    outbox.send(replace(LETTER, subject="second try"))
    names = sorted(path.name for path in (tmp_path / "outbox").iterdir())
    assert names == [
        f"20261102T023000000Z-qc.completed-{'ab' * 16}.eml",
        f"20261102T090000000Z-status-change.revision-{'cd' * 16}.eml",
    ]
    assert b"second try" in (tmp_path / "outbox" / names[0]).read_bytes()


def test_a_letter_kind_cannot_lead_out_of_the_outbox(tmp_path: Path):
    OutboxMailer(tmp_path / "outbox", MAIL_FROM, CLOCK).send(replace(LETTER, kind="../../evil"))
    assert [path.parent.name for path in tmp_path.rglob("*.eml")] == ["outbox"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_letters_in_the_outbox_are_for_the_owner_alone(tmp_path: Path):
    OutboxMailer(tmp_path / "outbox", MAIL_FROM, CLOCK).send(LETTER)
    (path,) = (tmp_path / "outbox").glob("*.eml")
    assert path.stat().st_mode & 0o077 == 0


def test_signing_in_sends_no_letter():
    with smtp_server() as server:
        seen = mailer(server).sign_in()

    assert seen.startswith(f"127.0.0.1:{server.port}, tls none: ")
    assert server.received == []


def test_a_server_that_is_not_there_is_told_without_a_letter():
    with smtp_server() as server:
        gone = mailer(server)
    with pytest.raises(TemporaryFailure):
        gone.sign_in()
