"""Turns a letter into an e-mail message: the same on the wire and in the outbox."""

from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from backend import context
from backend.certification.ports import Letter
from backend.errors import Misconfigured, PermanentFailure


def sender(text: str) -> Address:
    """The address of `MAIL_FROM`, such as `GACP DTAM <no-reply@gacp.example>`; raises Misconfigured."""
    name, spec = parseaddr(text)
    try:
        address = Address(display_name=name, addr_spec=spec)
    except (ValueError, IndexError, MessageError):
        address = Address()
    if not address.username or not address.domain:
        raise Misconfigured("MAIL_FROM: write it as Name <mailbox@domain>")
    return address


def message_id(letter: Letter, from_: Address) -> str:
    """The same for every try of one letter, so that a receiver who gets it twice can drop one (RFC 5322, 3.6.4)."""
    return f"<{letter.key[:40]}@{from_.domain}>"


def build(letter: Letter, from_: Address, at: datetime) -> EmailMessage:
    """The message, with a text and an HTML part; raises PermanentFailure where an address or the subject is not sound."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = from_
        message["To"] = _recipient(letter.to)
        message["Subject"] = letter.subject
    except (ValueError, IndexError, MessageError):  # a line break in a header, or no address at all
        raise PermanentFailure(f"The {letter.kind} letter has no sound recipient or subject") from None
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(letter, from_)
    if request_id := context.request_id():
        message["X-Request-ID"] = request_id  # leads from a complaint to the log
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday notices shall not answer
    message["Content-Language"] = "th, en"
    # base64: a Thai paragraph as it is would break the limit of 998 bytes a line.
    message.set_content(letter.text, cte="base64")
    message.add_alternative(letter.html, subtype="html", cte="base64")
    return message


def _recipient(text: str) -> Address:
    address = Address(addr_spec=text.strip())
    if not address.username or not address.domain:
        msg = "a mailbox and a domain are needed"
        raise ValueError(msg)
    return Address(username=address.username, domain=address.domain.encode("idna").decode("ascii"))
