"""What a mail server's answer means for the letter: try again, give up, or put the settings right.

Every smtplib exception is an OSError, so the order of these questions matters: the specific ones come first.
Whose fault a refusal is depends on when it comes: before the letter is shown, the server refuses *us*.
"""

import smtplib
import ssl

from backend.errors import Misconfigured, NoAnswer, PermanentFailure, ProviderError, TemporaryFailure, Unreachable
from backend.telemetry.logs import mask

AUTHENTICATION_REQUIRED = 530


def while_connecting(error: OSError) -> ProviderError:
    """For what goes wrong up to and including the sign-in: a lasting refusal is a matter of settings."""
    match error:
        case smtplib.SMTPNotSupportedError():
            return Misconfigured(f"SMTP_URL: the server does not offer what is needed ({error}); for a server without TLS add ?tls=none")
        case smtplib.SMTPResponseException() if error.smtp_code >= 500:
            return Misconfigured(f"SMTP_URL: the mail server refuses us: {_answer(error.smtp_code, error.smtp_error)}")
        case ssl.SSLCertVerificationError():
            return Misconfigured(f"SMTP_URL: the certificate of the mail server is not trusted: {error.verify_message}")
        case smtplib.SMTPException() if not isinstance(error, (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected)):
            return Misconfigured(f"SMTP_URL: {mask(str(error))}")  # no way to sign in that both sides know
    return _temporary(error)


def while_sending(error: OSError) -> ProviderError:
    """For what goes wrong after it: a lasting refusal is about this letter."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _refused(*next(iter(error.recipients.values())))
        case smtplib.SMTPResponseException():
            return _refused(error.smtp_code, error.smtp_error)
    return _temporary(error)


def _refused(code: int, text: bytes | str) -> ProviderError:
    if code == AUTHENTICATION_REQUIRED:
        return Misconfigured(f"SMTP_URL: the mail server wants a user and a password: {_answer(code, text)}")
    if code >= 500:
        return PermanentFailure(f"The mail server refuses the letter: {_answer(code, text)}")
    return TemporaryFailure(f"The mail server takes the letter later: {_answer(code, text)}")


def _temporary(error: OSError) -> TemporaryFailure:
    kind = NoAnswer if isinstance(error, TimeoutError) else Unreachable
    return kind(f"The mail server cannot be reached: {type(error).__name__}: {mask(str(error))}")


def _answer(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {mask(' '.join(words.split()))}"[:300]
