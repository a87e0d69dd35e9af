"""The keys under which numbers are kept: a name and, after a dash each, the labels that it is told apart by."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from backend.queues.numbers.histogram import BUCKETS, Durations

SUBMITTED = "submitted"
"""By job type and mode."""
COMPLETED, FAILED, RETRIED = "completed", "failed", "retried"
"""By job type; failed is for good."""
ATTEMPTS = "attempts"
"""By job type and how they ended: see `Attempt`."""
ERRORS = "errors"
"""By job type and error class."""
WAIT, RUN, WHOLE, WHOLE_FAILED = "wait", "run", "whole", "wholeFailed"
"""Durations by job type: of what waited for its first attempt, of attempts, of jobs from due to ended, and of those that failed."""
THINGS = "things"
"""What completed jobs were about, such as herbs, by job type."""
FALLBACK = "fallback"
"""Jobs that did not go the way of the queue, by job type and reason."""
ENDED = "ended"
"""When a job last completed or failed for good, by job type; when one last completed lies under COMPLETED."""
EFFECTS = "effects"
"""By kind and result."""
CREDITS = "credits"
"""By type."""
CIRCUIT = "circuit"
"""By what was counted."""
MICROS = "us"


def key(*words: str) -> str:
    return "-".join(words)


@lru_cache(maxsize=4_000)
def words(of: str) -> tuple[str, ...]:
    """The name and the labels of a key."""
    return tuple(of.split("-"))


def named(numbers: Mapping[str, int], name: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """The numbers of that name, each with its labels."""
    for of, number in numbers.items():
        first, *labels = words(of)
        if first == name:
            yield tuple(labels), number


def durations(numbers: Mapping[str, int], name: str) -> dict[str, Durations]:
    """The durations of that name by job type."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (BUCKETS + 1))
    for (job_type, place), number in named(numbers, name):
        found[job_type][BUCKETS if place == MICROS else int(place)] += number
    return {job_type: Durations(tuple(each[:BUCKETS]), each[BUCKETS]) for job_type, each in found.items()}
