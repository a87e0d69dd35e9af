"""A document store in a process that dies: before the n-th write, and with everything that would follow it."""

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
                raise Killed
            if name in WRITES:
                self.writes += 1
                if self.writes == self.dies_before:
                    raise Killed
            return getattr(self._store, name)(*arguments, **options)

        return call
