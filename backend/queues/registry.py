"""Knows every job type by name; finds those of a package by importing its modules."""

import pkgutil
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType

from backend.errors import Misconfigured
from backend.queues.errors import UnknownJobType
from backend.queues.jobs import JobType


class Registry:
    """A table of job types."""

    def __init__(self, *job_types: JobType) -> None:
        self._types: dict[str, JobType] = {}
        for job_type in job_types:
            self.add(job_type)

    def add(self, job_type: JobType) -> None:
        """Register it; raises Misconfigured where another type has this name."""
        known = self._types.setdefault(job_type.name, job_type)
        if known is not job_type:
            raise Misconfigured(f"Two job types are called {job_type.name!r}: rename one of the functions")

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
    """Import every module of the package and register the job types that it declares."""
    registry = Registry()
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(import_module(found.name)).values():
            if isinstance(value, JobType):
                registry.add(value)
    return registry
