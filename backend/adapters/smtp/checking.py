"""Whether letters can be sent by these settings, found out without building what sends them."""

from backend.adapters.smtp.message import sender
from backend.adapters.smtp.server import SmtpServer
from backend.settings import Settings


def check(settings: Settings) -> None:
    """Raise Misconfigured naming the variable where `MAIL_FROM` or `SMTP_URL` cannot be read."""
    sender(settings.mail_from)
    if url := settings.smtp_url.get_secret_value():
        SmtpServer.parse(url)
