"""Gives every line of the log the form that all of them have: the contract's names, their order, no secrets, no personal data."""

import re
from collections.abc import Callable, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from backend import context
from backend.telemetry.masking import mask_field, mask_name

Line = dict[str, Any]
_RENAMED = {"queue_name": "queue", "attempt_number": "attempt"}
_ARTICLE = re.compile(r"^(?:a|an|the)\s+", re.IGNORECASE)
_NO_WORD = re.compile(r"[^a-z0-9]+")
_SNAKE = re.compile(r"_+([a-zA-Z0-9])")
LONGEST_NAME = 60
OF_A_LIBRARY = "library_line"
"""The event of every line that comes from the standard library's logging: its sentences are not ours."""
hearing: ContextVar[Callable[[Line], None] | None] = ContextVar("gacp_hearing_lines", default=None)
"""What is told, in its final form, whatever this context writes by whatever logger."""


def shape(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Line:
    """A processor of structlog: `time level event message component`, then what is bound, then the fields of the line itself."""
    sentence = mask_field("message", event.pop("event", ""))
    record = event.get("_record")
    line: Line = {
        "time": _now(),
        "level": event.pop("level", "info"),
        "event": event.pop("called", "") or (event_name(str(sentence)) if record is None else OF_A_LIBRARY),
        "message": sentence,
        "component": event.pop("component", None) or (record.name if record is not None else ""),
    }
    for key, value in context.bound().items():
        if value != "":  # an empty one hides that of the work around it
            line[key] = mask_field(key, value)
    for key, value in event.items():
        if key.startswith("_"):
            line[key] = value  # structlog's own, taken out before the line is written
        elif value != "":
            line[field_name(key)] = mask_field(key, value)
    hear = hearing.get()
    if hear is not None:
        hear(line)
    return line


@lru_cache(maxsize=1_000)
def event_name(sentence: str) -> str:
    """The stable name of what a sentence says: "A job was removed: …" is `job_was_removed`."""
    words = _NO_WORD.sub("_", _ARTICLE.sub("", sentence.partition(":")[0]).lower()).strip("_")
    return words[:LONGEST_NAME].rstrip("_") or "said"


@lru_cache(maxsize=1_000)
def field_name(key: str) -> str:
    """The contract's name of a field: `job_id` is `jobId`, `queue_name` is `queue`."""
    return mask_name(_RENAMED.get(key) or _SNAKE.sub(lambda found: found[1].upper(), key))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
