"""A ticket as RQ keeps a job: id, type, queue and priority, in JSON; the payload stays in the ledger."""

import time
import zlib
from functools import lru_cache

from rq.serializers import JSONSerializer

from backend.queues.options import LOWEST_PRIORITY
from backend.queues.ports import Ticket

ENTRY_POINT = "backend.adapters.rq.entry.run_by_id"
CALL = zlib.compress(JSONSerializer.dumps((ENTRY_POINT, None, (), {})))  # type: ignore[no-untyped-call]
"""As RQ writes the call of a function: its name, its instance, what it is given.

Redis keeps a hash in a third of the room while no value is longer than 64 bytes. So the call names no argument (the id is in
the key), and what only RQ's own worker would read is left out of the hash.
"""
FRONT_RANK = 0


def rank_of(ticket: Ticket) -> str:
    """The sort key in the queue: 0 for the front, then the priority, empty (last) for none."""
    if ticket.front:
        return str(FRONT_RANK)
    return str(ticket.priority) if ticket.priority else ""


def priority_of(rank: int) -> int:
    """The priority of what waits with that rank; 0 for what has none, and for what was put to the front."""
    return rank if rank <= LOWEST_PRIORITY else FRONT_RANK


def whole_of(ticket: Ticket, present: str) -> tuple[str, ...]:
    """A ticket as scripts/ticket.lua reads it."""
    return *kind_of(ticket), *_whole_rest(ticket, present)


def kind_of(ticket: Ticket) -> tuple[str, str, str]:
    """What many tickets have in common: type, time-out, rank."""
    return ticket.type, str(ticket.timeout_s or ""), rank_of(ticket)


def rest_of(ticket: Ticket, present: str) -> tuple[str, ...]:
    """What follows the kind; nothing after the moment where the job goes behind its equals at once, as most do."""
    if ticket.lifo or ticket.front or ticket.due_at is not None:
        return _whole_rest(ticket, present)
    return ticket.job_id, present


def _whole_rest(ticket: Ticket, present: str) -> tuple[str, ...]:
    """The id, the present moment as RQ writes it, whether it goes before its equals, and when it is due in seconds (empty for now)."""
    due = repr(ticket.due_at.timestamp()) if ticket.due_at is not None else ""
    return ticket.job_id, present, "1" if ticket.front or ticket.lifo else "", due


def moment(now: float) -> str:
    """A time in seconds as RQ writes it."""
    second = int(now)
    return f"{_second(second)}.{int((now - second) * 1_000_000):06d}Z"


@lru_cache(maxsize=8)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
