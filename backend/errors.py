"""Every error that this product raises on purpose, each with its cure and its HTTP status."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: `field` is its path in the JSON, such as `applicant.phone`."""

    field: str
    message: str
    code: str = "INVALID"


class GacpError(Exception):
    """The root: `status` is the HTTP status, `title` the short name of the problem, `retryable` whether trying again can help."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str = "", *, errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message or self.title)
        self.errors = errors


class InvalidInput(GacpError):
    """The caller sent something that breaks a rule; `errors` names each field and its cure."""

    status = 422
    title = "Some of what you sent is not valid"


class Malformed(GacpError):
    """The body is not what its content type says."""

    status = 400
    title = "The request could not be read"


class NotSignedIn(GacpError):
    """Nobody is signed in, or the token is unknown."""

    status = 401
    title = "Please sign in"


class NotAllowed(GacpError):
    """Signed in, but the role does not allow this."""

    status = 403
    title = "You are not allowed to do this"


class NotFound(GacpError):
    """It does not exist, or it is not yours to see."""

    status = 404
    title = "Not found"


class Conflict(GacpError):
    """Somebody else changed it meanwhile, or its state does not allow this."""

    status = 409
    title = "The state does not allow this"


class TooLarge(GacpError):
    """A file or body is over its limit."""

    status = 413
    title = "Too large"


class WrongType(GacpError):
    """A file or body is of a type that is not accepted."""

    status = 415
    title = "This type is not accepted"


class Unavailable(GacpError):
    """A server that this needs is away; `retry_after` is in seconds."""

    status = 503
    title = "Temporarily not available"
    retryable = True

    def __init__(self, message: str = "", *, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ProviderError(GacpError):
    """An outside service failed; raised only as one of the classes below."""

    status = 502
    title = "An outside service failed"


class TemporaryFailure(ProviderError):
    """Trying again can help; `retry_after` in seconds where the provider told it."""

    retryable = True

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unreachable(TemporaryFailure):
    """Nobody was reached: no connection, or one that broke."""


class NoAnswer(TemporaryFailure):
    """It took longer than one is ready to wait."""


class NotKept(TemporaryFailure):
    """A file or folder took nothing: the disk is full, or the right to write is missing."""


class PermanentFailure(ProviderError):
    """Trying again cannot help: refused, malformed, forbidden."""


class Misconfigured(ProviderError):
    """Credentials or settings are wrong: somebody has to put them right."""

    status = 500
    title = "The server is not set up correctly"


USAGE_ERRORS = (InvalidInput, Malformed, Misconfigured)
"""Errors of whoever started a program: starting it again is of no use."""


def one_line(error: GacpError) -> str:
    """The error with its fields and their cures, as a program prints it; a cure that it names itself is not said again."""
    fields = "; ".join(f"{item.field}: {item.message}" for item in error.errors if item.message not in str(error))
    return f"{error} ({fields})" if fields else str(error)
