"""The gate of what monitoring systems read: staff, and whoever knows the one monitoring token of the installation."""

import hmac

from flask import request

from backend.accounts.roles import STAFF
from backend.web.current_user import by_bearer
from backend.web.gates import Gate
from backend.web.state import use_cases


class MonitoringGate(Gate):
    """Opens to staff, and to whoever sends MONITORING_TOKEN as a bearer token; where none is set, to staff alone.

    The token is compared before anybody is looked up: what watches the document store gets in while that is away.
    """

    def __str__(self) -> str:
        return f"{super().__str__()}, and monitoring systems that know MONITORING_TOKEN"

    @property
    def schemes(self) -> tuple[str, ...]:
        return (*super().schemes, "monitoring")

    def check(self) -> None:
        """Raises NotSignedIn, NotAllowed, and Unavailable where only the document store could tell who asks."""
        if _shows_the_token():
            return
        super().check()


def _shows_the_token() -> bool:
    token = use_cases().settings.monitoring_token.get_secret_value()
    if not (token and by_bearer()):
        return False
    return hmac.compare_digest(request.headers["Authorization"][7:].strip().encode(), token.encode())


monitoring = MonitoringGate("monitoring", STAFF)
