"""A ticket as RQ keeps a job: id, type, queue and priority, in JSON; the payload stays in the ledger."""

from datetime import UTC, datetime
from typing import Any

from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from backend.queues.ports import Ticket

ENTRY_POINT = "backend.adapters.rq.entry.run_by_id"
FAILURE_TTL_S = 7 * 86_400
FRONT_RANK = 0


def rank_of(ticket: Ticket) -> str:
    """The sort key in the queue: 0 for the front, then the priority, empty (last) for none."""
    if ticket.front:
        return str(FRONT_RANK)
    return str(ticket.priority) if ticket.priority else ""


def fields_of(ticket: Ticket, connection: Any) -> list[Any]:
    """The job hash, as RQ itself would write it, with the rank beside RQ's own fields; keys and values in turn."""
    job = Job.create(
        func=ENTRY_POINT,
        args=[ticket.job_id],
        connection=connection,
        id=ticket.job_id,
        origin=ticket.queue,
        description=ticket.type,
        timeout=ticket.timeout_s or None,
        result_ttl=0,
        failure_ttl=FAILURE_TTL_S,
        status=JobStatus.SCHEDULED if ticket.due_at else JobStatus.QUEUED,
        serializer=JSONSerializer,
    )
    job.enqueued_at = datetime.now(UTC)
    fields: dict[str, Any] = {name: value for name, value in job.to_dict().items() if value != ""}
    rank = rank_of(ticket)
    if rank:
        fields["rank"] = rank
    return [part for pair in fields.items() for part in pair]
