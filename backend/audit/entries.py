"""One entry of the audit: what it says, the exact text that is hashed, and how it hangs on the entry before it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from backend.clock import from_iso, to_iso
from backend.telemetry.logs import mask

Outcome = Literal["begun", "done", "refused", "failed"]
FIRST_PREVIOUS = "0" * 64
TEXT_LIMIT = 500
VALUE_LIMIT = 8_000


@dataclass(frozen=True)
class Who:
    """Somebody who acts. `id` is an account's, or `console:<user of the operating system>`; `email` is masked before it is kept.

    `origin` is the address of a request, or the name of the machine whose console it is.
    """

    id: str
    role: str
    email: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Entry:
    """What is known of one act at its beginning (`begun`) or at its end, which names the entry of its beginning as `begun`."""

    seq: int
    at: datetime
    previous: str
    action: str
    outcome: Outcome
    by: Who
    target: str = ""
    reason: str = ""
    before: Any = None
    after: Any = None
    detail: str = ""
    request_id: str = ""
    begun: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Everything that is hashed, with the names of the API."""
        return {
            "seq": self.seq,
            "at": to_iso(self.at),
            "action": self.action,
            "outcome": self.outcome,
            "by": {"id": self.by.id, "role": self.by.role, "email": self.by.email, "origin": self.by.origin},
            "target": self.target,
            "reason": self.reason,
            "before": self.before,
            "after": self.after,
            "detail": self.detail,
            "requestId": self.request_id,
            "begun": self.begun,
            "previous": self.previous,
        }

    @property
    def text(self) -> str:
        """Canonical JSON: sorted keys, no spaces. What is kept, and what the hash is of."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def hash(self) -> str:
        """SHA-256 of `text`, which holds the hash of the entry before."""
        return digest(self.text)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> Entry:
    """The entry that wrote this text. Raises ValueError, KeyError or TypeError where none did."""
    told: dict[str, Any] = json.loads(text)
    return Entry(
        seq=told["seq"],
        at=from_iso(told["at"]),
        previous=told["previous"],
        action=told["action"],
        outcome=told["outcome"],
        by=Who(**told["by"]),
        target=told["target"],
        reason=told["reason"],
        before=told["before"],
        after=told["after"],
        detail=told["detail"],
        request_id=told["requestId"],
        begun=told["begun"],
    )


def masked_email(email: str) -> str:
    """`s***@example.com`: enough for colleagues to recognise each other by, and no address that anybody could write to."""
    mailbox, _, domain = email.partition("@")
    return f"{mailbox[:1]}***@{domain}" if domain else ""


def plain(value: Any) -> Any:
    """A JSON value without secrets and personal data, and small enough to be kept for ever."""
    safe = mask(json.loads(json.dumps(value, ensure_ascii=False, default=str)))
    text = json.dumps(safe, ensure_ascii=False)
    if len(text) <= VALUE_LIMIT:
        return safe
    return {"tooLong": len(text), "keys": sorted(safe)[:50]} if isinstance(safe, Mapping) else {"tooLong": len(text)}


def short(text: str) -> str:
    """One masked text of bounded length."""
    masked: str = mask(text)
    return masked.replace("\x00", "")[:TEXT_LIMIT]
