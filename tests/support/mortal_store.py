"""A document store in a process that dies: before the n-th write, and with everything that would follow it."""

from threading import current_thread, main_thread

from backend.adapters.documents.store import StoreUnavailable

WRITES = frozenset(
    {"insert", "insert_many", "replace", "replace_many", "set_fields", "set_fields_many", "increment", "claim", "delete", "delete_many"}
)


class Killed(BaseException):
    """No `except Exception` survives kill -9, and no `finally` writes anything."""


class MortalStore:
    """Lives until `dies_before` is set to a number of writes; before that write it is dead, and every further call says so."""

    def __init__(self, store):
        self._store = store
        self.dies_before = None
        self.writes = 0

    def __getattr__(self, name):
        def call(*arguments, **options):
            if self.writes == self.dies_before:
                raise _death()
            if name in WRITES:
                self.writes += 1
                if self.writes == self.dies_before:
                    raise _death()
            return getattr(self._store, name)(*arguments, **options)

        return call


def _death():
    """For other threads there is nobody to end: they reach nothing any more."""
    return Killed() if current_thread() is main_thread() else StoreUnavailable("the process is dead")
