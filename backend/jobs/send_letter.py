"""Job type: send one letter about one application, once."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.queues.jobs import JobContext, job
from backend.services import Services


class SendLetter(BaseModel):
    """The kind of letter (see `certification.letters`), the application, and the event that it tells of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    application_id: str
    event_id: str


def letter(payload: SendLetter, services: Services) -> dict[str, str]:
    """The letter that a run would send."""
    return {services.correspondence.effect_of(payload.kind, payload.application_id, payload.event_id): "letter"}


@job(queue="email", payload=SendLetter, effects=letter)
def send_letter(payload: SendLetter, services: Services, context: JobContext) -> dict[str, Any]:
    """Compose and send; a letter that went out already is not sent again."""
    return dict(services.correspondence.send(payload.kind, payload.application_id, payload.event_id))
