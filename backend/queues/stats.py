"""Counts jobs per queue and state, always all four queues and all counters."""

from collections.abc import Mapping

from backend.queues.names import QUEUES
from backend.queues.records import JobState

COUNTERS = ("waiting", "active", "completed", "failed", "delayed", "paused")


def queue_stats(counts: Mapping[tuple[str, JobState], int], paused: frozenset[str]) -> dict[str, dict[str, int]]:
    """`{"aiQc": {"waiting": n, …}, …}`; as in Bull, what waits in a paused queue counts as `paused` and not as `waiting`.

    `completed` counts what completed within the retention, whether or not Redis has forgotten it.
    """
    return {queue: _of_queue(queue, counts, is_paused=queue in paused) for queue in QUEUES}


def _of_queue(queue: str, counts: Mapping[tuple[str, JobState], int], *, is_paused: bool) -> dict[str, int]:
    numbers = {state.value: counts.get((queue, state), 0) for state in JobState}
    if is_paused:
        return {**numbers, "waiting": 0, "paused": numbers["waiting"]}
    return {**numbers, "paused": 0}
