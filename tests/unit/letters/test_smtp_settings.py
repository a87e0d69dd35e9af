"""SMTP_URL and MAIL_FROM are read once, and a mistake in them is told by name and cure."""

import pytest

from backend.adapters.smtp.checking import check
from backend.adapters.smtp.message import sender
from backend.adapters.smtp.server import SmtpServer
from backend.errors import Misconfigured
from backend.settings import load


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://gacp:secret@mail.example:2525?tls=starttls", SmtpServer("mail.example", 2525, "starttls", "gacp", "secret")),
        ("smtp://mail.example", SmtpServer("mail.example", 587, "starttls")),
        ("smtp://mail.example?tls=none", SmtpServer("mail.example", 25, "none")),
        ("smtp://mail.example?tls=NONE", SmtpServer("mail.example", 25, "none")),
        ("smtp://localhost", SmtpServer("localhost", 25, "none")),
        ("smtp://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, "none")),
        ("smtp://[::1]:1025", SmtpServer("::1", 1025, "none")),
        ("smtp://localhost?tls=starttls", SmtpServer("localhost", 587, "starttls")),
        ("smtps://mail.example", SmtpServer("mail.example", 465, "implicit")),
        ("smtps://u:p@mail.example:4465", SmtpServer("mail.example", 4465, "implicit", "u", "p")),
        ("smtp://user%40mail.example:p%3Ass%2F@mail.example", SmtpServer("mail.example", 587, "starttls", "user@mail.example", "p:ss/")),
    ],
)
def test_every_form_of_the_address_is_understood(url, server):
    assert SmtpServer.parse(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "mail.example:25",
        "smtp://",
        "smtp://gacp:secret@",
        "smtp://gacp:secret@mail.example:port",
        "smtp://gacp:secret@mail.example:99999",
        "smtp://gacp:secret@mail.example?tls=maybe",
        "smtp://gacp:secret@[mail",
        "smtp://gacp:secret๑@mail.example",
    ],
)
def test_a_mistake_names_the_variable_and_keeps_the_password(url):
    with pytest.raises(Misconfigured, match="SMTP_URL") as raised:
        SmtpServer.parse(url)
    assert "secret" not in str(raised.value)


def test_the_password_does_not_show_when_the_server_is_printed():
    assert "secret" not in repr(SmtpServer.parse("smtp://gacp:secret@mail.example"))


def test_the_sender_has_a_name_and_a_mailbox():
    address = sender("กรมการแพทย์แผนไทย <no-reply@gacp.example>")
    assert (address.display_name, address.addr_spec) == ("กรมการแพทย์แผนไทย", "no-reply@gacp.example")


@pytest.mark.parametrize("text", ["", "GACP", "GACP <>", "GACP <no-reply>", "GACP <@gacp.example>"])
def test_a_sender_without_mailbox_is_a_mistake_in_the_settings(text):
    with pytest.raises(Misconfigured, match="MAIL_FROM"):
        sender(text)


@pytest.mark.parametrize("variable", ["SMTP_URL", "MAIL_FROM"])
def test_a_check_finds_what_cannot_be_read_without_a_mailer(variable):
    check(load(SMTP_URL="smtp://mail.example", MAIL_FROM="GACP <no-reply@gacp.example>"))
    with pytest.raises(Misconfigured, match=variable):
        check(load(**{variable: "nonsense"}))
