"""What the commands are given: the ways to build and to start things, none of which runs before a command asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.settings import Settings

if TYPE_CHECKING:  # it stands for everything there is, and `gacp dev` must not wait for its import
    from backend.services import Services

Say = Callable[[str, str], None]
"""Takes the name of a process and one line of its output."""


@dataclass(frozen=True)
class Program:
    """`context.obj` of every command. Each of these may raise a GacpError, which the console prints as one line."""

    settings: Callable[[], Settings]
    services: Callable[[], Services]
    """The use cases on the configured servers; built at the first call."""
    run_dev: Callable[[Say, Callable[[str], None]], int]
    """Runs everything on this machine, passing on lines and, once, the address; returns the exit code."""
    run_web: Callable[[], None]
    run_worker: Callable[[], None]
    run_scheduler: Callable[[], None]
    end_with_parent: Callable[[], None]
    """Makes this process end at once when the one that started it does."""
