"""Log lines: a fixed sentence plus fields, as JSON in production and readable in development, without personal data."""

import io
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import structlog

from backend import context

_SECRET_FIELDS = re.compile(r"pass(word)?$|secret|token|api_?key|authori[sz]ation|cookie|national_?id|body$|html$", re.IGNORECASE)
_THAI_ID = re.compile(r"(?<![\dA-Fa-f_-])[1-8](?:[ -]?\d){12}(?![\dA-Fa-f])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_BEARER = re.compile(r"(?i)(bearer\s+)\S+")
_SUSPECT = re.compile(r"@|://|[Bb][Ee][Aa][Rr][Ee][Rr]|\d(?:[ -]?\d){12}")
"""What each of the texts that are masked has in it; one look for it spares most values the four others."""


class _StandardError(io.TextIOBase):
    """Whatever standard error is at the moment of writing, since tests and daemons replace it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


_standard_error: Any = _StandardError()
_least = [logging.NOTSET]
"""From which level on lines are written; `structlog` itself asks only after it has made an object for the line."""


class Logger:
    """Writes lines that carry `component=name` and the bound context; a line below the level costs next to nothing."""

    def __init__(self, name: str) -> None:
        self._lines = structlog.get_logger(component=name)

    def debug(self, event: str, **fields: Any) -> None:
        if writes(logging.DEBUG):
            self._lines.debug(event, **fields)

    def info(self, event: str, **fields: Any) -> None:
        if writes(logging.INFO):
            self._lines.info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        if writes(logging.WARNING):
            self._lines.warning(event, **fields)

    def error(self, event: str, **fields: Any) -> None:
        self._lines.error(event, **fields)

    def exception(self, event: str, **fields: Any) -> None:
        """An error with the trace of the exception that is being handled."""
        self._lines.exception(event, **fields)


def logger(name: str) -> Logger:
    """The logger of one component."""
    return Logger(name)


def writes(level: int) -> bool:
    """Whether lines of that level of the standard library are written: for whoever would gather many fields for nothing."""
    return level >= _least[0]


def configure(*, json: bool, level: str = "INFO") -> None:
    """Set up structlog and the standard library's logging to write alike, to standard error."""
    shared: list[Any] = [
        _add_context,
        structlog.processors.add_log_level,
        _add_time,
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="time")
    )
    _least[0] = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(_standard_error),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(_standard_error)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer], foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace secrets and personal data, whatever field they stand in."""
    for key, value in event.items():
        event[key] = "[redacted]" if _is_secret(key) and value else mask(value)
    return event


def mask(value: Any) -> Any:
    """The value without national IDs, e-mail addresses, credentials in addresses and bearer tokens."""
    if isinstance(value, str):
        if not _SUSPECT.search(value):
            return value
        value = _THAI_ID.sub("[national-id]", value)
        value = _CREDENTIALS.sub("[credentials]", value)
        value = _BEARER.sub(r"\1[token]", value)
        return _EMAIL.sub("[email]", value)
    if isinstance(value, Mapping):
        return {key: "[redacted]" if _is_secret(str(key)) and item else mask(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [mask(item) for item in value]
    return value


@lru_cache(maxsize=1_000)
def _is_secret(field: str) -> bool:
    return _SECRET_FIELDS.search(field) is not None


def _add_context(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in context.bound().items():
        event.setdefault(key, value)
    return event


def _add_time(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["time"] = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return event
