"""The gate of internal callers, such as a push-style worker: they know the one secret of the installation."""

import hmac

from flask import request

from backend.errors import NotAllowed, NotFound, NotSignedIn
from backend.web.current_user import by_bearer
from backend.web.gates import Gate
from backend.web.state import use_cases


class InternalGate(Gate):
    """Opens to whoever sends INTERNAL_SECRET as a bearer token; people have no key to it, whatever their role."""

    def __str__(self) -> str:
        return "internal callers that know INTERNAL_SECRET"

    @property
    def schemes(self) -> tuple[str, ...]:
        return ("internal",)

    def check(self) -> None:
        """Raises NotSignedIn (no bearer token), NotFound (no secret is set, so the door does not exist), NotAllowed."""
        if not by_bearer():
            raise NotSignedIn("Send INTERNAL_SECRET as Authorization: Bearer / โปรดส่งรหัสลับภายใน")
        secret = use_cases().settings.internal_secret.get_secret_value()
        if not secret:
            raise NotFound("This is off until INTERNAL_SECRET is set / ยังไม่ได้เปิดใช้งาน")
        sent = request.headers["Authorization"][7:].strip()
        if not hmac.compare_digest(sent.encode(), secret.encode()):
            raise NotAllowed("This is not INTERNAL_SECRET / รหัสลับภายในไม่ถูกต้อง")


internal = InternalGate("internal", frozenset())
