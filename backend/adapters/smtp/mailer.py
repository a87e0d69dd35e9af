"""Sends letters to a mail server, one connection per letter."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from backend.adapters.smtp.failures import while_connecting, while_sending
from backend.adapters.smtp.message import build, message_id, sender
from backend.adapters.smtp.server import SmtpServer
from backend.certification.ports import Letter
from backend.clock import Clock
from backend.telemetry.logs import logger

log = logger("smtp")


class SmtpMailer:
    """A Mailer over SMTP. `tls` defaults to the machine's certificate authorities; `timeout` is in seconds, per step."""

    def __init__(
        self, server: SmtpServer, mail_from: str, clock: Clock, *, tls: ssl.SSLContext | None = None, timeout: float = 10.0
    ) -> None:
        self._server = server
        self._from = sender(mail_from)
        self._clock = clock
        self._tls = tls or ssl.create_default_context()
        self._timeout = timeout

    def send(self, letter: Letter) -> str:
        message = build(letter, self._from, self._clock.now())
        with self._connection() as smtp:
            try:
                smtp.send_message(message)
            except OSError as error:
                raise while_sending(error) from error
        log.info("The mail server took a letter", kind=letter.kind, application_id=letter.application_id, key=letter.key[:16])
        return message_id(letter, self._from)

    def sign_in(self) -> str:
        """Connect, sign in and part again without a letter; what the server calls itself. Raises as `send` does."""
        with self._connection() as smtp:
            _, answer = smtp.noop()
            return f"{self._server.host}:{self._server.port}, tls {self._server.tls}: {answer.decode('utf-8', 'replace')[:80]}"

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        try:
            smtp = self._connect()
        except OSError as error:
            raise while_connecting(error) from error
        try:
            yield smtp
        finally:
            # The letter is accepted or refused by now; a server that is rude at parting changes neither.
            with suppress(OSError):
                smtp.quit()
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        # The name for EHLO; the default would ask DNS for this machine's name, which can take seconds.
        ours = self._from.domain
        if server.tls == "implicit":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, ours, timeout=self._timeout, context=self._tls)
        else:
            smtp = smtplib.SMTP(server.host, server.port, ours, timeout=self._timeout)
        try:
            if server.tls == "starttls":
                smtp.starttls(context=self._tls)
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp
