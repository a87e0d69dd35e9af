"""Job type: write one inspection appointment into the calendar."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.queues.jobs import JobContext, job
from backend.services import Services


class SyncAppointment(BaseModel):
    """Which appointment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    appointment_id: str


def mark_failed(payload: SyncAppointment, services: Services, context: JobContext, error: BaseException) -> None:
    """After the last attempt: the appointment stands, and officers see that the calendar does not have it."""
    services.inspections.mark_sync_failed(payload.appointment_id, str(error))


def calendar_entry(payload: SyncAppointment, services: Services) -> dict[str, str]:
    """The entry that a run would write, as the appointment stands now."""
    return {services.inspections.effect_of(payload.appointment_id): "calendar"}


@job(queue="calendar", payload=SyncAppointment, on_dead=mark_failed, effects=calendar_entry)
def sync_appointment(payload: SyncAppointment, services: Services, context: JobContext) -> dict[str, Any]:
    """Create or update the entry; its id comes from the appointment, so a repeat changes nothing."""
    return dict(services.inspections.sync(payload.appointment_id))
