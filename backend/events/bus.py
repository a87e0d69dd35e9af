"""Delivers an event to its listeners, in this process and in order."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from backend.telemetry.logs import logger

Listener = Callable[[Any], None]
log = logger("events")


class EventBus:
    """A table of listeners per event class."""

    def __init__(self) -> None:
        self._listeners: dict[type, list[Listener]] = defaultdict(list)

    def subscribe(self, event_type: type, listener: Listener) -> None:
        """Call `listener` for every event of exactly that class."""
        self._listeners[event_type].append(listener)

    def publish(self, event: object) -> None:
        """Call every listener; one that fails does not keep the others from hearing.

        Raises the ExceptionGroup of what failed, so that a caller who keeps an outbox tries again later.
        """
        failures: list[Exception] = []
        for listener in self._listeners[type(event)]:
            try:
                listener(event)
            except Exception as error:  # noqa: BLE001 - the other listeners must hear it; all failures are raised below
                log.warning(
                    "A listener failed",
                    listener=listener.__qualname__,
                    event_type=type(event).__name__,
                    error=str(error),
                )
                failures.append(error)
        if failures:
            msg = f"{len(failures)} listener(s) of {type(event).__name__} failed"
            raise ExceptionGroup(msg, failures)
