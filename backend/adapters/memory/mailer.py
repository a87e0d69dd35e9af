"""Keeps letters in a list and fails when told to: the double of every Mailer."""

from email.message import EmailMessage

from backend.adapters.smtp.message import build, message_id, sender
from backend.certification.ports import Letter
from backend.clock import Clock, SystemClock
from backend.errors import GacpError


class MemoryMailer:
    """A Mailer whose `sent` holds what went out, in order, repeats included; `messages` holds the same as e-mail."""

    def __init__(self, mail_from: str = "GACP DTAM <no-reply@gacp.example>", clock: Clock | None = None) -> None:
        self.sent: list[Letter] = []
        self.messages: list[EmailMessage] = []
        self._from = sender(mail_from)
        self._clock = clock or SystemClock()
        self._failures: list[GacpError] = []

    def fail_next(self, *errors: GacpError) -> None:
        """Raise these, one per call, before anything is sent again."""
        self._failures.extend(errors)

    def send(self, letter: Letter) -> str:
        message = build(letter, self._from, self._clock.now())
        if self._failures:
            raise self._failures.pop(0)
        self.sent.append(letter)
        self.messages.append(message)
        return message_id(letter, self._from)
