"""What the commands are given: the ways to build and to start things, none of which runs before a command asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.settings import Settings

if TYPE_CHECKING:  # it stands for everything there is, and `gacp dev` must not wait for its import
    from backend.queues.roster import LifeSign, Roster
    from backend.services import Services
    from backend.services.doctor.patient import Patient

Say = Callable[[str, str], None]
"""Takes the name of a process and one line of its output."""


@dataclass(frozen=True)
class WorkerOptions:
    """How workers are started; what is None or empty is taken from the settings.

    `alone`: in this very process, without a parent that replaces it. `parent`: the process that started this one to be a worker.
    """

    concurrency: int | None = None
    processes: int | None = None
    queues: tuple[str, ...] = ()
    alone: bool = False
    parent: int = 0


@dataclass(frozen=True)
class Program:
    """`context.obj` of every command. Each of these may raise a GacpError, which the console prints as one line."""

    settings: Callable[[], Settings]
    services: Callable[[], Services]
    """The use cases on the configured servers; built at the first call."""
    run_dev: Callable[[Say, Callable[[str], None]], int]
    """Runs everything on this machine, passing on lines and, once, the address; returns the exit code."""
    run_web: Callable[[], None]
    run_worker: Callable[[WorkerOptions], None]
    run_scheduler: Callable[[], None]
    roster: Callable[[], Roster]
    """All workers on the configured Redis."""
    life_signs: Callable[[], Sequence[LifeSign]]
    """The workers of this machine, without asking any server."""
    patient: Callable[[float, int], Patient]
    """What `gacp doctor` examines: how many seconds it waits for one thing, and how many test jobs it sends at once."""
    end_with_parent: Callable[[], None]
    """Makes this process end at once when the one that started it does."""
