"""Which dead letters are meant."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class DeadFilter:
    """Conditions that all hold; an empty one does not filter. `since` and `before` are about when a job gave up.

    With `dropped` those that were discarded instead of those that are not. `replay` is the wave of a replay that they came back from.
    """

    queue: str = ""
    type: str = ""
    cause: str = ""
    subject: str = ""
    requested_by: str = ""
    request_id: str = ""
    error_class: str = ""
    replay: str = ""
    since: datetime | None = None
    before: datetime | None = None
    dropped: bool = False
