"""Gives every line of the log the form that all of them have: the contract's names, their order, no secrets, no personal data."""

import re
import time
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from backend import context
from backend.telemetry.masking import mask_name, mask_value, masking_of

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
_last_bound: ContextVar[tuple[Mapping[str, context.Field], Line] | None] = ContextVar("gacp_last_bound", default=None)
"""What was bound at this context's last line, and the same masked."""


def shape(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Line:
    """A processor of structlog: `time level event message component`, then what is bound, then the fields of the line itself."""
    sentence = mask_value(event.pop("event", ""))
    record = event.get("_record")
    line: Line = {
        "time": _now(),
        "level": event.pop("level", "info"),
        "event": event.pop("called", "") or (event_name(str(sentence)) if record is None else OF_A_LIBRARY),
        "message": sentence,
        "component": event.pop("component", None) or (record.name if record is not None else ""),
    }
    line |= _bound()
    for key, value in event.items():
        if value != "":
            name, masked = _field(key)
            line[name] = masked(value)
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


def _bound() -> Line:
    """The fields that are bound now, masked: once for all lines of a piece of work."""
    fields = context.bound()
    if not fields:
        return {}
    known = _last_bound.get()
    if known is None or known[0] is not fields:
        # An empty one hides that of the work around it.
        known = fields, {key: masking_of(key)(value) for key, value in fields.items() if value != ""}
        _last_bound.set(known)
    return known[1]


@lru_cache(maxsize=1_000)
def _field(key: str) -> tuple[str, Callable[[Any], Any]]:
    """What a field is called in the line, and what masks its value."""
    if key.startswith("_"):
        return key, _as_it_is  # structlog's own, taken out before the line is written
    return field_name(key), masking_of(key)


def _as_it_is(value: Any) -> Any:
    return value


def _now() -> str:
    seconds, microseconds = divmod(time.time_ns() // 1_000, 1_000_000)
    return f"{_second(seconds)}.{microseconds:06}Z"


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    """Most lines are of the same second as the one before."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
