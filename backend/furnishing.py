"""What job functions get as `services` in a worker: everything there is, made when the first of them asks, as an idle worker needs none."""

from collections.abc import Callable
from pkgutil import resolve_name
from threading import Lock
from typing import TYPE_CHECKING, Any

from backend.foundation import Foundation

if TYPE_CHECKING:  # see `_furnish`
    from backend.services import Services


class LateServices:
    """Stands for the `Services` on this foundation, attribute by attribute; where making them fails, the next who asks tries again."""

    def __init__(self, foundation: Foundation) -> None:
        self._foundation = foundation
        self._making = Lock()
        self._made: Services | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made or self._make(), name)

    def close(self) -> None:
        """Lets go of every connection; safe to repeat."""
        (self._made or self._foundation).close()

    def _make(self) -> "Services":
        with self._making:
            self._made = self._made or _furnish(self._foundation)
            return self._made


def _furnish(foundation: Foundation) -> "Services":
    # Named like an entry point: 8 MB for the department, its alerts and views.
    furnish: Callable[[Foundation], Services] = resolve_name("backend.bootstrap:furnish")
    return furnish(foundation)
