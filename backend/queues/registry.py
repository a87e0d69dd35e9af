"""Knows every job type and backoff strategy by name; finds those of a package by importing its modules."""

import pkgutil
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType

from backend.errors import FieldError, InvalidInput, Misconfigured
from backend.queues.backoff import BUILT_IN, Backoff, BackoffStrategy
from backend.queues.errors import UnknownJobType
from backend.queues.jobs import JobType


class Registry:
    """A table of job types, and one of backoff strategies."""

    def __init__(self, *declared: JobType | BackoffStrategy) -> None:
        self._types: dict[str, JobType] = {}
        self.strategies: dict[str, BackoffStrategy] = {}
        for each in declared:
            if isinstance(each, JobType):
                self.add(each)
            else:
                self.add_strategy(each)

    def add(self, job_type: JobType) -> None:
        """Register it; raises Misconfigured where another type has this name."""
        known = self._types.setdefault(job_type.name, job_type)
        if known is not job_type:
            raise Misconfigured(f"Two job types are called {job_type.name!r}: rename one of the functions")

    def add_strategy(self, strategy: BackoffStrategy) -> None:
        """Register it; raises Misconfigured where another has this name."""
        if self.strategies.setdefault(strategy.name, strategy) is not strategy:
            raise Misconfigured(f"Two backoff strategies are called {strategy.name!r}: rename one of the functions")

    def require_backoff(self, backoff: Backoff | None) -> None:
        """Raise InvalidInput where there is no strategy of that type: now, and not when the job fails one day."""
        known = (*BUILT_IN, *self.strategies)
        if backoff is not None and backoff.type not in known:
            message = f"there is no backoff {backoff.type!r}: the types are {', '.join(known)}"
            raise InvalidInput(f"backoff.type: {message}", errors=(FieldError("backoff.type", message, "INVALID_OPTION"),))

    def get(self, name: str) -> JobType:
        """The job type; raises UnknownJobType with the nearest name."""
        if name in self._types:
            return self._types[name]
        near = get_close_matches(name, self._types, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(sorted(self._types)) or 'none'}"
        raise UnknownJobType(f"There is no job type {name!r}: {hint}")

    def __iter__(self) -> Iterator[JobType]:
        return iter(sorted(self._types.values(), key=lambda job_type: job_type.name))


def discover(package: ModuleType) -> Registry:
    """Import every module of the package and register the job types and the backoff strategies that it declares."""
    registry = Registry()
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(import_module(found.name)).values():
            if isinstance(value, JobType):
                registry.add(value)
            elif isinstance(value, BackoffStrategy):
                registry.add_strategy(value)
    return registry
