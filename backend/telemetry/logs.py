"""Log lines: a fixed sentence plus fields, as JSON in production and readable in development, without personal data."""

import io
import json as plain_json
import logging
import sys
import threading
import warnings
from collections.abc import Iterable
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from msgspec import json as msgspec_json

from backend.settings import Settings
from backend.telemetry.lines import shape
from backend.telemetry.masking import hide, mask

__all__ = ["Logger", "begin", "configure", "logger", "mask", "writes"]


class _StandardError(io.TextIOBase):
    """Whatever standard error is at the moment of writing, since tests and daemons replace it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


_standard_error: Any = _StandardError()
_writing = threading.Lock()
_least = [logging.NOTSET]
"""From which level on lines are written; `structlog` itself asks only after it has made an object for the line."""
_chain: list[list[Any]] = [[]]
"""The processors that `configure` has given to structlog."""


class Logger:
    """Writes lines that carry `component=name` and the bound context; a line below the level costs next to nothing.

    `message` is a fixed sentence, from which the name of the event is made; `called` is that name where others rely on it.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, message: str, **fields: Any) -> None:
        if writes(logging.DEBUG):
            self._write("debug", message, fields)

    def info(self, message: str, **fields: Any) -> None:
        if writes(logging.INFO):
            self._write("info", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        if writes(logging.WARNING):
            self._write("warning", message, fields)

    def error(self, message: str, **fields: Any) -> None:
        self._write("error", message, fields)

    def exception(self, message: str, **fields: Any) -> None:
        """An error with the trace of the exception that is being handled."""
        self._write("error", message, {"exc_info": True, **fields})

    def _write(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """What structlog's own logger does, which it would make anew for each line; that one writes where structlog is set up otherwise."""
        chain = structlog.get_config()["processors"]
        if chain is not _chain[0]:
            getattr(structlog.get_logger(component=self._name), level)(message, **fields)
            return
        line: Any = {"component": self._name, **fields, "event": message}
        try:
            for process in chain:
                line = process(None, level, line)
        except structlog.DropEvent:
            return
        standard_error = sys.stderr
        with _writing:
            standard_error.write(f"{line}\n")
            standard_error.flush()


def logger(name: str) -> Logger:
    """The logger of one component."""
    return Logger(name)


def writes(level: int) -> bool:
    """Whether lines of that level of the standard library are written: for whoever would gather many fields for nothing."""
    return level >= _least[0]


def begin(settings: Settings) -> None:
    """What a process of ours says goes to its log from now on, also warnings and exceptions that nobody has caught."""
    configure(json=settings.production, level=settings.log_level, secrets=settings.secrets)
    _say_what_nobody_catches()


def configure(*, json: bool, level: str = "INFO", secrets: Iterable[str] = ()) -> None:
    """Let structlog and the standard library's logging write alike, to standard error. `secrets` are texts that no line may have in it."""
    hide(secrets)
    _least[0] = logging.getLevelNamesMapping()[level]
    shared: list[Any] = [structlog.processors.add_log_level, _with_trace, shape]
    renderer = _to_json if json else _readable()
    _chain[0] = [*shared, renderer]
    structlog.configure(
        processors=_chain[0],
        wrapper_class=structlog.make_filtering_bound_logger(_least[0]),
        logger_factory=structlog.WriteLoggerFactory(_standard_error),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(_standard_error)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer], foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


class _Handler(logging.StreamHandler[TextIO]):
    """A record that cannot be written is told of in a line as well, without what was in it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        logger("logs").error("A line could not be written", of=record.name, error=repr(sys.exc_info()[1]))


def _with_trace(given: Any, method: str, event: Any) -> Any:
    return structlog.processors.format_exc_info(given, method, event) if "exc_info" in event else event


_in_any_form = plain_json.JSONEncoder(ensure_ascii=False, default=str).encode
_in_c = msgspec_json.Encoder().encode
_WRITTEN_ALIKE = frozenset((str, int, bool, type(None)))
"""Of these msgspec makes the same JSON as the standard library, in a third of the time; of floating-point numbers it does not."""


def _to_json(_logger: Any, _method: str, event: Any) -> str:
    if _WRITTEN_ALIKE.issuperset(map(type, event.values())):
        try:
            return msgspec_json.format(_in_c(event), indent=0).decode()  # with a space after `,` and `:`
        except UnicodeEncodeError:  # half of a surrogate pair, which standard error writes with a backslash
            pass
    return _in_any_form(event)


def _readable() -> Any:
    """For people: colours on a terminal, and a trace in lines of its own; nothing else in a record makes a line or moves the cursor."""
    render = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        timestamp_key="time",
        event_key="message",
        sort_keys=False,
        exception_formatter=structlog.dev.plain_traceback,
    )

    def readable(given: Any, method: str, event: Any) -> Any:
        sentence = str(event["message"])
        if not sentence.isprintable():
            event["message"] = "".join(each if each.isprintable() else repr(each)[1:-1] for each in sentence)
        return render(given, method, event)

    return readable


def _say_what_nobody_catches() -> None:
    lost = logger("uncaught")

    def uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, where: str) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        lost.error("An exception was not caught", error=kind.__name__, where=where, exc_info=(kind, error, trace))

    sys.excepthook = lambda kind, error, trace: uncaught(kind, error, trace, "main")
    threading.excepthook = lambda given: (
        None
        if given.exc_type is SystemExit
        else uncaught(given.exc_type, given.exc_value, given.exc_traceback, given.thread.name if given.thread else "")
    )
    sys.unraisablehook = lambda given: uncaught(given.exc_type, given.exc_value, given.exc_traceback, repr(type(given.object).__name__))
    warnings.showwarning = cast("Any", _say_warning)


def _say_warning(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
    logger("warnings").warning("A library warns", category=category.__name__, detail=str(message), where=f"{filename}:{lineno}")
