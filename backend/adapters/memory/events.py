"""A publisher in memory: remembers what was told, and fails when it is asked to."""

from collections.abc import Callable
from typing import TypeVar

Event = TypeVar("Event")


class MemoryPublisher:
    """The double of the event bus. `listeners` hear each event in order; each failure handed in is raised by one call."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self.listeners: list[Callable[[object], None]] = []
        self._failures: list[Exception] = []

    def fail_next(self, *failures: Exception) -> None:
        """Raise these, one per call, from now on."""
        self._failures.extend(failures)

    def publish(self, event: object) -> None:
        if self._failures:
            raise self._failures.pop(0)
        self.events.append(event)
        for listener in self.listeners:
            listener(event)

    def of(self, kind: type[Event]) -> list[Event]:
        """The events of exactly that class, in order."""
        return [event for event in self.events if type(event) is kind]
