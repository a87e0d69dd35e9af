"""Many processes on one document store lose no update, and one that is killed loses nothing it acknowledged."""

import subprocess
import sys
from collections import Counter

import pytest

from backend.adapters.documents.store import Collection, Index
from tests.support.document_stores import mongodb
from tests.support.store_process import BATCH, open_store

pytestmark = pytest.mark.slow

PROCESSES = 50
TASKS = Collection("tasks", (Index(("state",)),))
ERRANDS = Collection("errands", (Index(("lane",)),), counted=("lane",))


@pytest.fixture(params=["sqlite", "mongodb"])
def address(request, tmp_path):
    """Where other processes find the store, which is empty."""
    if request.param == "sqlite":
        yield str(tmp_path / "documents.db")
        return
    with mongodb() as (uri, database):
        yield f"{uri}#{database}"


@pytest.fixture
def store(address):
    opened = open_store(address)
    opened.ensure(TASKS, ERRANDS, Collection("counters"))
    yield opened
    opened.close()


def start(work, address, number):
    command = [sys.executable, "-m", "tests.support.store_process", work, address, str(number)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run_together(work, address, number):
    """The output lines of fifty processes, none of which failed."""
    processes = [start(work, address, number) for _ in range(PROCESSES)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in answers if errors] == []
    assert {process.returncode for process in processes} == {0}
    return [line for output, _ in answers for line in output.split()]


def killed_after(lines, address, start_at, work="write"):
    """What a writer acknowledged until it was killed with no chance to clean up."""
    process = start(work, address, start_at)
    process.stdin.write("go\n")
    process.stdin.flush()
    acknowledged = [process.stdout.readline() for _ in range(lines)]
    process.kill()
    acknowledged += process.stdout.readlines()
    process.communicate()
    # The last line may have been cut off in the pipe.
    return [line.split() for line in acknowledged if line.endswith("\n")]


def test_fifty_processes_that_compare_and_set_lose_no_update(store, address):
    store.insert("counters", {"id": "shared", "n": 0})

    run_together("compare_and_set", address, 5)

    assert store.get("counters", "shared") == {"id": "shared", "version": PROCESSES * 5 + 1, "n": PROCESSES * 5}


def test_fifty_processes_that_increment_lose_no_update_from_the_first_on(store, address):
    run_together("increment", address, 10)

    assert store.get("counters", "numbers")["n"] == PROCESSES * 10


def test_fifty_processes_never_claim_the_same_document(store, address):
    names = [f"task-{n:03}" for n in range(200)]
    for name in names:
        store.insert("tasks", {"id": name, "state": "waiting"})

    assert sorted(run_together("claim", address, 0)) == names


def test_a_killed_writer_loses_nothing_that_it_acknowledged(store, address):
    seen = 0
    for round_number in range(6):
        acknowledged = killed_after(20 + 7 * round_number, address, start_at=1000 * round_number)
        for verb, name in acknowledged:
            document = store.get("acknowledged", name)
            assert document is not None
            assert verb == "inserted" or document["changed"] is True
        seen += len(acknowledged)

    assert seen >= 6 * 20
    store.insert("acknowledged", {"id": "the store still takes writes"})


def test_a_killed_writer_of_batches_loses_nothing_either_and_the_counts_are_those_of_the_documents(store, address):
    steps = ("waiting", "active", "done", "deleted")
    for round_number in range(12):
        acknowledged = killed_after(1 + 3 * round_number, address, 100_000 * round_number, work="move")
        lanes = {row["id"]: row["lane"] for row in store.find("errands", limit=100_000)}
        assert store.count_by("errands", "lane") == Counter(lanes.values())

        last_told = {int(number): step for step, number in acknowledged}
        for first, step in last_told.items():
            # The one step after it may have been done without being told any more.
            possible = steps[steps.index(step) :][:2]
            for number in range(first, first + BATCH):
                lane = lanes.get(str(number), "deleted")
                assert lane in possible or (lane, number % 2) == ("done", 1), (number, lane, step)
    assert len(lanes) > BATCH

    store.insert("errands", {"id": "the store still takes writes"})
