"""A ticket as RQ keeps a job: id, type, queue and priority, in JSON; the payload stays in the ledger."""

import zlib
from datetime import UTC, datetime
from typing import Any

from rq.job import JobStatus
from rq.serializers import JSONSerializer
from rq.utils import utcformat

from backend.queues.ports import Ticket

ENTRY_POINT = "backend.adapters.rq.entry.run_by_id"
CALL = zlib.compress(JSONSerializer.dumps((ENTRY_POINT, None, (), {})))  # type: ignore[no-untyped-call]
"""As RQ writes the call of a function: its name, its instance, what it is given."""
FRONT_RANK = 0


def rank_of(ticket: Ticket) -> str:
    """The sort key in the queue: 0 for the front, then the priority, empty (last) for none."""
    if ticket.front:
        return str(FRONT_RANK)
    return str(ticket.priority) if ticket.priority else ""


def hand_over_arguments(ticket: Ticket) -> list[Any]:
    """What scripts/hand_over.lua wants to know: id, rank, whether it goes before its equals, when it is due, the job hash."""
    due = repr(ticket.due_at.timestamp()) if ticket.due_at else ""
    return [ticket.job_id, rank_of(ticket), "1" if ticket.front or ticket.lifo else "0", due, *fields_of(ticket)]


def fields_of(ticket: Ticket) -> list[Any]:
    """The job hash, as RQ itself would write it, with the rank beside RQ's own fields; keys and values in turn.

    Redis keeps a hash in a third of the room while no value is longer than 64 bytes. So the call names no argument (the id
    is in the key), and what only RQ's own worker would read is left out.
    """
    status = JobStatus.SCHEDULED if ticket.due_at else JobStatus.QUEUED
    now = utcformat(datetime.now(UTC))
    fields: dict[str, str | int] = {"created_at": now, "enqueued_at": now, "status": status.value, "rank": rank_of(ticket)}
    fields |= {"origin": ticket.queue, "description": ticket.type, "timeout": ticket.timeout_s or ""}
    pairs = [part for name, value in fields.items() if value != "" for part in (name, value)]
    return [*pairs, "data", CALL]
