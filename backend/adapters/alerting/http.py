"""Posts one message: within a time in all, to that address and no other, with an answer that says whether to try again."""

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from backend.errors import Misconfigured, PermanentFailure, TemporaryFailure, Unreachable

if TYPE_CHECKING:
    from http.client import HTTPConnection

LATER = frozenset({408, 425, 429})
REFUSED = frozenset({400, 413, 415, 422})
MOST_READ = 4_096


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float, method: str = "POST", what: str) -> None:
    """Raises TemporaryFailure, PermanentFailure and Misconfigured; none of them names the address, which is a secret.

    `what` is what the errors call it. A redirect is refused: what was signed for one address is not for another. No answer takes
    longer than `timeout_s` in all, however slowly it comes.
    """
    from http.client import HTTPException  # noqa: PLC0415 - an idle worker needs it not

    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, timeout_s)
    alarm = threading.Timer(timeout_s, _hang_up, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request(method, f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body, dict(headers))
        answer = connection.getresponse()
        answer.read(MOST_READ)
        _judge(answer.status, answer.getheader("Retry-After"), what)
    except ssl.SSLCertVerificationError as error:
        raise Misconfigured(f"{what}: its certificate is not trusted: {error.verify_message}") from None
    except (OSError, HTTPException, ValueError, AttributeError) as error:
        # The last two: the alarm closed the connection in the middle of a step.
        raise Unreachable(f"{what} cannot be reached, or does not answer in time ({type(error).__name__})") from None
    finally:
        alarm.cancel()
        connection.close()


def _judge(status: int, retry_after: str | None, what: str) -> None:
    if 200 <= status < 300:
        return
    if status in LATER or status >= 500:
        raise TemporaryFailure(
            f"{what} answered {status}", retry_after=float(retry_after) if retry_after and retry_after.isdigit() else None
        )
    if status in REFUSED:
        raise PermanentFailure(f"{what} refuses the message: {status}")
    raise Misconfigured(f"{what} answered {status}{': a redirect is not followed' if 300 <= status < 400 else ''}")


def _connection(scheme: str, host: str, port: int | None, timeout_s: float) -> "HTTPConnection":
    from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415 - as above

    if scheme == "https":
        return HTTPSConnection(host, port, timeout=timeout_s, context=ssl.create_default_context())
    return HTTPConnection(host, port, timeout=timeout_s)


def _hang_up(connection: "HTTPConnection") -> None:
    line = connection.sock
    if line is not None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
