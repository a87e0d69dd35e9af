"""Job type: make the summary PDF of one application."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.certification.report_keys import report_key
from backend.queues.jobs import JobContext, job
from backend.services import Services


class MakeReport(BaseModel):
    """The application, for whom (`applicant` or `officer`), and the event that made it due."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    application_id: str
    variant: str
    event_id: str


def report(payload: MakeReport, services: Services) -> dict[str, str]:
    """The file that a run would write."""
    del services
    return {report_key(payload.application_id, payload.variant, payload.event_id): "report"}


@job(queue="report", payload=MakeReport, effects=report)
def make_report(payload: MakeReport, services: Services, context: JobContext) -> dict[str, Any]:
    """Render, store and link the PDF; returns its key and hash."""
    return dict(services.reports.make(payload.application_id, payload.variant, payload.event_id))
