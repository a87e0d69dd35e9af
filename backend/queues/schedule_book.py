"""The book of recurring jobs: defines them by key, shows them, switches them on and off."""

from collections.abc import Callable, Sequence

from backend.clock import Clock
from backend.errors import Conflict, NotFound
from backend.queues import schedules
from backend.queues.options import JobOptions
from backend.queues.ports import Schedules
from backend.queues.registry import Registry
from backend.queues.schedules import Entry, Origin, Schedule
from backend.telemetry.logs import logger

TRIES = 20
log = logger("queues.schedules")


class ScheduleBook:
    """Keeps every schedule once under its key; the table in code and what was submitted with `repeat` lie side by side."""

    def __init__(self, entries: Schedules, registry: Registry, clock: Clock) -> None:
        self._entries = entries
        self._registry = registry
        self._clock = clock

    def entries(self) -> Sequence[Entry]:
        """All of them, by key."""
        return self._entries.all()

    def get(self, key: str) -> Entry:
        """Raises NotFound, naming the keys there are."""
        found = self._entries.get(key)
        if found is None:
            known = ", ".join(entry.key for entry in self.entries())
            raise NotFound(f"There is no schedule {key!r}; there are: {known or 'none'}")
        return found

    def define(self, schedule: Schedule, origin: Origin = "submitted") -> Entry:
        """Add the schedule, or let it take the place of the one of its key; safe to repeat.

        Raises InvalidInput (payload, options), UnknownJobType, and Conflict where the key belongs to the table in code.
        """
        self._check(schedule)
        while True:
            before = self._entries.get(schedule.key)
            if before is not None and before.origin == "code" and origin == "submitted":
                raise Conflict(f"The schedule {schedule.key!r} is part of the program: submit under another key")
            after = schedules.define(schedule, origin, self._clock.now(), before)
            if after == before:
                return after
            try:
                return self._write(after)
            except Conflict:
                continue

    def adopt(self) -> None:
        """Make the book agree with the schedules in code: what is new or changed is written, what is no more there goes."""
        wanted = self._registry.schedules
        for schedule in wanted.values():
            self.define(schedule, "code")
        for entry in self.entries():
            if entry.origin == "code" and entry.key not in wanted:
                self.remove(entry.key)

    def remove(self, key: str) -> None:
        """Forget it; jobs that it has made stay."""
        if self._entries.remove(key):
            log.info("A schedule was removed", key=key)

    def enable(self, key: str) -> Entry:
        """Let it fire from its next moment on. Raises NotFound."""
        return self.change(key, lambda entry: schedules.enable(entry, self._clock.now()))

    def disable(self, key: str) -> Entry:
        """Keep it, but let it fire no more; a restart or a new version changes nothing of that. Raises NotFound."""
        return self.change(key, schedules.disable)

    def change(self, key: str, transform: Callable[[Entry], Entry]) -> Entry:
        """Apply a transition to the entry as it is now. Raises NotFound."""
        for _ in range(TRIES):
            before = self.get(key)
            after = transform(before)
            if after == before:
                return before
            try:
                return self._write(after)
            except Conflict:
                continue
        raise Conflict(f"The schedule {key} is being changed by too many at once")

    def _check(self, schedule: Schedule) -> None:
        self._registry.get(schedule.job_type).read(schedule.payload)
        JobOptions.merged(schedule.options)

    def _write(self, entry: Entry) -> Entry:
        written = self._entries.save(entry)
        if entry.version == 0:
            log.info("A schedule was added", key=entry.key, job_type=entry.schedule.job_type)
        return written
