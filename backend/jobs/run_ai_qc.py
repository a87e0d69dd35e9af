"""Job type: check the quality of one application and move it on to document review."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.queues.insight import GACP, Generation
from backend.queues.jobs import JobContext, job
from backend.services import Services


class RunAiQc(BaseModel):
    """Which application, and under which run; a run that was superseded changes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    application_id: str
    run_id: str


def fall_back_to_onsite(payload: RunAiQc, services: Services, context: JobContext, error: BaseException) -> None:
    """After the last attempt: the application goes on, for an inspection on site (domain.md d.7)."""
    services.certification.degrade_quality_check(payload.application_id, payload.run_id, reason=str(error), attempts=context.attempt)


def herbs(result: Mapping[str, Any]) -> Sequence[str]:
    """What the check was about; none where it was superseded."""
    found: Sequence[str] = result.get("herbs", ())
    return found


@job(queue="aiQc", payload=RunAiQc, on_dead=fall_back_to_onsite, generation=Generation(GACP, herbs))
def run_ai_qc(payload: RunAiQc, services: Services, context: JobContext) -> dict[str, Any]:
    """Review by the rules and, where allowed, by the model; returns the result in camelCase."""
    return services.certification.run_quality_check(payload.application_id, payload.run_id, attempts=context.attempt)
