"""Which mail server to use and how: `SMTP_URL`, read once and checked."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from backend.errors import Misconfigured

Tls = Literal["starttls", "implicit", "none"]
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT_PORT: dict[Tls, int] = {"starttls": 587, "implicit": 465, "none": 25}
EXAMPLE = "write it as smtp://user:pass@host:port?tls=starttls"


@dataclass(frozen=True)
class SmtpServer:
    """A mail server; `tls` is `starttls`, `implicit` (TLS from the first byte) or `none`."""

    host: str
    port: int
    tls: Tls
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, url: str) -> "SmtpServer":
        """Read `smtp://user:pass@host:port?tls=starttls|none` or `smtps://…`; raises Misconfigured, never with the password.

        Without `tls=` a server elsewhere must offer STARTTLS, so that no letter travels in the clear by omission;
        one on this machine is spoken to in the clear.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Misconfigured(f"SMTP_URL: the host or the port cannot be read; {EXAMPLE}") from None
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise Misconfigured(f"SMTP_URL: {EXAMPLE}")
        tls = _tls(parts)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if not (parts.hostname + user + password).isascii():
            raise Misconfigured("SMTP_URL: host, user and password may have ASCII characters only")
        return cls(host=parts.hostname, port=port or DEFAULT_PORT[tls], tls=tls, user=user, password=password)


def _tls(parts: SplitResult) -> Tls:
    if parts.scheme == "smtps":
        return "implicit"
    asked = parse_qs(parts.query).get("tls", [""])[0].lower()
    if asked == "starttls":
        return "starttls"
    if asked == "none":
        return "none"
    if asked:
        raise Misconfigured("SMTP_URL: tls is starttls or none; for TLS from the first byte write smtps://")
    return "none" if parts.hostname in LOOPBACK else "starttls"
