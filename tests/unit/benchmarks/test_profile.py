"""What a profile makes of the stacks that were seen."""

import pytest

from benchmarks.profile import PARTS, Sample, of_work, part_of, read, shares
from tests.support.sources import ROOT

RUN = "backend/adapters/rq/worker/worker.py:run"
THREAD = "threading.py:_bootstrap"


def test_stacks_are_read_with_their_counts_and_without_line_numbers():
    lines = ["work (backend/a.py:12);<listcomp> (b.py:3) 17", "process 5 (python) 0;work (backend/a.py:14) 2"]

    first, second = read(lines)

    assert first == Sample(("backend/a.py:work", "b.py:<listcomp>"), 17)
    assert (second.frames[-1], second.count) == ("backend/a.py:work", 2)


def test_what_comes_before_the_work_does_not_count():
    before, work, thread = (Sample((frame, "x.py:y"), 1) for frame in ("backend/adapters/rq/worker/worker.py:<module>", RUN, THREAD))

    assert of_work([before, work, thread]) == [work, thread]


@pytest.mark.parametrize(
    ("frames", "part"),
    [
        ((RUN, "backend/adapters/rq/broker.py:turn", "redis/client.py:execute", "socket.py:send"), "talking to Redis"),
        (
            (THREAD, "backend/adapters/rq/worker/bookkeeper.py:_begin", "backend/adapters/rq/worker/crew.py:give"),
            "bookkeeping (claims and ends)",
        ),
        ((THREAD, "backend/adapters/rq/worker/crew.py:_loop"), "running the handler"),
        ((THREAD, "somewhere.py:else"), "everything else"),
    ],
)
def test_a_stack_belongs_to_the_innermost_part(frames, part):
    assert part_of(Sample(frames, 1)) == part


def test_shares_count_parts_and_innermost_functions():
    parts, functions = shares([Sample((RUN, "redis/client.py:a"), 3), Sample((THREAD, "redis/client.py:b"), 2)])

    assert parts == {"talking to Redis": 5}
    assert functions == {"redis/client.py:a": 3, "redis/client.py:b": 2}


def test_every_part_names_code_of_ours_that_is_there_or_a_package():
    ours = [str(path.relative_to(ROOT)) for path in (ROOT / "backend").rglob("*.py")]
    pieces = [piece.partition(".py:")[0] for named in PARTS.values() for piece in named if piece not in ("redis/", "structlog/")]

    assert [piece for piece in pieces if not any(piece in path for path in ours)] == []
