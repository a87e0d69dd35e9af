"""The audit trail of an application: one entry per change, written with the change itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.clock import to_iso


@dataclass(frozen=True)
class HistoryEntry:
    """Who did what and when; `event` is the name in the transition table, or `edit` and `upload` within one state.

    `id` is that of the event that others hear of: it comes from the application, its version and the kind.
    """

    id: str
    at: datetime
    actor_id: str
    actor_role: str
    event: str
    source: str
    target: str
    reason: str = ""
    request_id: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "at": to_iso(self.at),
            "actorId": self.actor_id,
            "actorRole": self.actor_role,
            "event": self.event,
            "from": self.source or None,
            "to": self.target,
            "reason": self.reason,
            "requestId": self.request_id,
        }


def entry_id(application_id: str, version: int, kind: str) -> str:
    """The same change has the same id wherever it is told: safe in addresses and as part of a job id."""
    return f"{application_id}-v{version}-{kind.replace('_', '-')}"


def entry_from_document(document: Mapping[str, Any]) -> HistoryEntry:
    """The entry as the document store keeps it."""
    return HistoryEntry(**document)
