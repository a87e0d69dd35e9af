"""One turn of a worker as Redis reads and answers it: what has ended goes in, what was taken comes out."""

import base64
import secrets
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import Any

from rq.results import Result

from backend.adapters.redis.scripts import Argument, Call, Part, Script, pack
from backend.adapters.rq import names
from backend.adapters.rq.lua import TURN, WAITED_TURN
from backend.adapters.rq.tickets import moment, whole_of
from backend.queues.ports import Delivery, Lane, Settlement, Turn

SHOWN_S = 3_600
"""So long RQ's tools show a run whose worker sends no heartbeats; then they call it abandoned."""
WHATEVER_FLIGHT = "*"
AT_MOST = 500
"""So many settlements fit into one call of the script: Lua cannot pass more than 8,000 values at once."""
_MOMENT = 13
"""So many hexadecimal digits of a run's name are the microsecond in which it was taken, by the clock of Redis."""
_NO_LIMIT = -1
_WORKED = ("completed", "failed")
_NOT_OURS = (
    "UnknownJob: it was not run. The workers of this queue run what the ledger of gacp has, and nothing that was enqueued with RQ itself. "
    "Let a worker of RQ run it from another queue (job.origin = 'NAME'; job.save(); job.requeue()), or submit the work with "
    "`gacp jobs submit` in place of it."
)
"""Shown with a job that somebody put into one of our queues by RQ's own means."""


class TurnScript:
    """Writes the arguments of a turn as scripts/worker.lua and the files after it read them."""

    def __init__(self) -> None:
        # So long that `job:run` has more than 64 characters: such members Redis finds by name, and shorter ones by a search.
        self._nonce = secrets.token_hex(8)
        self._turns = count(1)

    def call(self, worker: str, settlements: Sequence[Settlement], lanes: Sequence[Lane], room: int, *, now: float) -> bytes:
        """One call of TURN, ready to send."""
        numbers: dict[str, int] = {}
        present = moment(now)
        settled = (
            _packed(now, present, _worked_s(settlements, now)),
            *_groups(settlements, numbers),
            *_tickets(settlements, numbers, present),
        )
        taken = _lanes(lanes, room, numbers)
        return _call(TURN, worker, tuple(numbers)).whole(self._head(worker), *settled, *taken)

    def waited_call(self, worker: str, lanes: Sequence[Lane], room: int) -> bytes:
        """One call of WAITED_TURN, ready to send."""
        numbers: dict[str, int] = {}
        taken = _lanes(lanes, room, numbers)
        return _call(WAITED_TURN, worker, tuple(numbers)).whole(self._head(worker), *taken)

    def _head(self, worker: str) -> Part:
        return _packed(worker, f"-{self._nonce}-{next(self._turns):x}-", SHOWN_S)


@lru_cache(maxsize=64)
def _call(script: Script, worker: str, queues: tuple[str, ...]) -> Call:
    return script.call([names.SUSPENDED_KEY, *names.worker_keys(worker), *map(names.list_key, queues)])


def taken_as(run: str) -> tuple[int, ...]:
    """What the runs of one worker sort by in the order in which they were taken: the moment, the turn, the place in it."""
    at, _, turn, place = run.split("-") if run.count("-") == 3 else (run or "0", "", "0", "0")
    return int(at, 16), int(turn, 16), int(place)


def read_turn(answer: list[Any], lanes: Sequence[Lane]) -> Turn:
    """What the script answered: for how long something is held back, what its runs are called but for their numbers (empty where
    nobody shows them as running), then in turn a lane's number and the ids taken from it.
    """
    deliveries: list[Delivery] = []
    runs = answer[1].decode()
    for at in range(2, len(answer), 2):
        queue = lanes[int(answer[at]) - 1].queue
        first = len(deliveries) + 1
        ids = answer[at + 1].decode().split("\n")
        if runs:
            deliveries += [Delivery(job_id, queue, f"{runs}{number}") for number, job_id in enumerate(ids, first)]
        else:
            deliveries += [Delivery(job_id, queue) for job_id in ids]
    return Turn(deliveries, int(answer[0]))


def _number(queue: str, numbers: dict[str, int]) -> int:
    return numbers.setdefault(queue, len(numbers))


def _groups(settlements: Sequence[Settlement], numbers: dict[str, int]) -> list[Part]:
    """What ended in the same way, together: many jobs cost few arguments."""
    members: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for each in settlements:
        if each.ticket is None:
            flight = each.delivery
            kind = (flight.queue, each.outcome, each.keep_s, each.keep_count, each.error_class)
            members[kind].append(f"{flight.job_id}\n{flight.run or WHATEVER_FLIGHT}")
    parts = [_few(len(members))]
    for (queue, outcome, *kept), named in members.items():
        if outcome == "returned":
            named.reverse()  # each goes before all others, the first of them at last
        parts += [_kind(_number(queue, numbers), outcome, *kept), _packed("\n".join(named))]
    return parts


@lru_cache(maxsize=512)
def _kind(number: int, outcome: str, keep_s: int, keep_count: int | None, error_class: str) -> Part:
    """What the jobs of a group have in common."""
    result = _result(outcome, error_class) if keep_s else ()
    return _packed(number, outcome, keep_s, "" if keep_count is None else keep_count, error_class, len(result), *result)


def _tickets(settlements: Sequence[Settlement], numbers: dict[str, int], present: str) -> list[Part]:
    resubmitted = [(each.delivery, each.ticket) for each in settlements if each.ticket is not None]
    parts = [_few(len(resubmitted))]
    for delivery, ticket in resubmitted:
        flight = (_number(delivery.queue, numbers), delivery.run or WHATEVER_FLIGHT, _number(ticket.queue, numbers))
        parts.append(_packed(*flight, *whole_of(ticket, present)))
    return parts


def _lanes(lanes: Sequence[Lane], room: int, numbers: dict[str, int]) -> list[Part]:
    return [_few(min(room, AT_MOST), len(lanes)), *[_lane(_number(lane.queue, numbers), lane) for lane in lanes]]


@lru_cache(maxsize=1024)
def _lane(number: int, lane: Lane) -> Part:
    most = _NO_LIMIT if lane.max_active is None else lane.max_active
    return _packed(number, lane.share, lane.room, most, lane.rate_max, lane.rate_duration_ms)


def _packed(*arguments: Argument) -> Part:
    return Part(len(arguments), pack(*arguments))


_few = lru_cache(maxsize=1024)(_packed)
"""The same for small whole numbers, of which there are few."""


def _result(outcome: str, error_class: str) -> Sequence[Argument]:
    """The fields of RQ's result. A failure of ours is its class only: its message may hold personal data."""
    if outcome == "completed":
        return ("type", Result.Type.SUCCESSFUL.value)
    shown = _NOT_OURS if outcome == "unknown" else error_class
    return ("type", Result.Type.FAILED.value, "exc_string", base64.b64encode(zlib.compress(shown.encode())))


def _worked_s(settlements: Sequence[Settlement], now: float) -> float:
    """How long these workers' jobs were in flight; the name of a run says since when."""
    since = Counter([each.delivery.run[:_MOMENT] for each in settlements if each.outcome in _WORKED])
    del since[""]  # of flights that nobody shows
    return round(since.total() * now - sum(int(moment, 16) * runs for moment, runs in since.items()) / 1_000_000, 3)
