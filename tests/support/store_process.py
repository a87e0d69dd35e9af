"""A process of its own that works on a document store: what the process tests start, many at a time."""

import sys
from pathlib import Path

from backend.adapters.documents.store import DocumentStore, FieldChange, In, Replacement, VersionConflict
from backend.adapters.mongo.store import MongoStore
from backend.adapters.sqlite.store import SqliteStore

BATCH = 20


def open_store(address: str) -> DocumentStore:
    """`mongodb://…#database`, or the path of a SQLite file."""
    if address.startswith("mongodb"):
        uri, _, database = address.rpartition("#")
        return MongoStore(uri, database)
    return SqliteStore(Path(address))


def compare_and_set(store: DocumentStore, times: int) -> None:
    """Add one to the shared counter so many times, each on top of what was read."""
    for _ in range(times):
        while True:
            before = store.get("counters", "shared")
            try:
                store.replace("counters", {**before, "n": before["n"] + 1}, before["version"])
            except VersionConflict:
                continue
            break


def claim(store: DocumentStore, _: int) -> None:
    """Claim until nothing is left, and say what was got."""
    while taken := store.claim("tasks", {"state": "waiting"}, {"state": "active"}):
        say(taken["id"])


def increment(store: DocumentStore, times: int) -> None:
    for _ in range(times):
        store.increment("counters", "numbers", {"n": 1}, create=True)


def write(store: DocumentStore, start: int) -> None:
    """Insert and change for ever, acknowledging on the pipe only what the store has acknowledged."""
    number = start
    while True:
        store.insert("acknowledged", {"id": str(number), "padding": "ก" * 500})
        say(f"inserted {number}")
        store.set_fields("acknowledged", str(number), {"changed": True})
        say(f"changed {number}")
        number += 1


def move(store: DocumentStore, start: int) -> None:
    """Insert errands by the batch, move them from lane to lane and delete some, for ever; acknowledge each finished step."""
    number = start
    while True:
        ids = [f"{number + step}" for step in range(BATCH)]
        store.insert_many("errands", [{"id": name, "lane": "waiting", "padding": "ก" * 300} for name in ids])
        say(f"waiting {number}")
        written = store.replace_many("errands", [Replacement({"id": name, "lane": "active"}, 1) for name in ids])
        assert written == ids
        say(f"active {number}")
        store.set_fields_many("errands", [FieldChange(name, {"lane": "done"}, {"lane": "active"}) for name in ids])
        say(f"done {number}")
        store.delete_many("errands", {"id": In(tuple(ids[::2]))})
        say(f"deleted {number}")
        number += BATCH


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    WORK = {"compare_and_set": compare_and_set, "claim": claim, "increment": increment, "write": write, "move": move}
    sys.stdin.readline()  # all start together
    WORK[sys.argv[1]](open_store(sys.argv[2]), int(sys.argv[3]))
