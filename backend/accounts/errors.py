"""What can go wrong with accounts, beyond the common errors."""

from backend.errors import Conflict, GacpError


class EmailTaken(Conflict):
    """There is an account with this e-mail address already."""

    title = "There is an account with this e-mail address"


class TooManyAttempts(GacpError):
    """Too many failed sign-ins or registrations from here, or sign-ins for this address; `retry_after` is in seconds."""

    status = 429
    title = "Too many attempts"

    def __init__(self, message: str = "", *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after
