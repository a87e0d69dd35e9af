"""Knows every job type, backoff strategy and schedule by name; finds those of a package by importing its modules."""

import pkgutil
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType

from backend.errors import FieldError, InvalidInput, Misconfigured
from backend.queues.backoff import BUILT_IN, Backoff, BackoffStrategy
from backend.queues.errors import UnknownJobType
from backend.queues.jobs import JobType
from backend.queues.schedules import Schedule


class Registry:
    """A table of job types, one of backoff strategies, and one of the recurring jobs in code."""

    def __init__(self, *declared: JobType | BackoffStrategy | Schedule) -> None:
        self._types: dict[str, JobType] = {}
        self.strategies: dict[str, BackoffStrategy] = {}
        self.schedules: dict[str, Schedule] = {}
        for each in declared:
            self.declare(each)

    def declare(self, value: object) -> None:
        """Register it where it is something to register."""
        if isinstance(value, JobType):
            self.add(value)
        elif isinstance(value, BackoffStrategy):
            self.add_strategy(value)
        elif isinstance(value, Schedule):
            self.add_schedule(value)

    def add(self, job_type: JobType) -> None:
        """Register it; raises Misconfigured where another type has this name."""
        known = self._types.setdefault(job_type.name, job_type)
        if known is not job_type:
            raise Misconfigured(f"Two job types are called {job_type.name!r}: rename one of the functions")

    def add_strategy(self, strategy: BackoffStrategy) -> None:
        """Register it; raises Misconfigured where another has this name."""
        if self.strategies.setdefault(strategy.name, strategy) is not strategy:
            raise Misconfigured(f"Two backoff strategies are called {strategy.name!r}: rename one of the functions")

    def add_schedule(self, schedule: Schedule) -> None:
        """Register it; raises Misconfigured where another has this key."""
        if self.schedules.setdefault(schedule.key, schedule) is not schedule:
            raise Misconfigured(f"Two schedules have the key {schedule.key!r}: give one of them another")

    def require_backoff(self, backoff: Backoff | None) -> None:
        """Raise InvalidInput where there is no strategy of that type: now, and not when the job fails one day."""
        known = (*BUILT_IN, *self.strategies)
        if backoff is not None and backoff.type not in known:
            message = f"there is no backoff {backoff.type!r}: the types are {', '.join(known)}"
            raise InvalidInput(f"backoff.type: {message}", errors=(FieldError("backoff.type", message, "INVALID_OPTION"),))

    def get(self, name: str) -> JobType:
        """The job type; raises UnknownJobType with the nearest name."""
        known = self._types.get(name)
        if known is not None:
            return known
        near = get_close_matches(name, self._types, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(sorted(self._types)) or 'none'}"
        raise UnknownJobType(f"There is no job type {name!r}: {hint}")

    def is_isolated(self, name: str) -> bool:
        """Whether every run of that type has a process of its own; False where there is no such type."""
        return name in self._types and self._types[name].isolated

    def __iter__(self) -> Iterator[JobType]:
        return iter(sorted(self._types.values(), key=lambda job_type: job_type.name))


def discover(package: ModuleType) -> Registry:
    """Import every module of the package and register the job types, backoff strategies and schedules that it declares."""
    registry = Registry()
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(import_module(found.name)).values():
            registry.declare(value)
    return registry
