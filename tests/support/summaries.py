"""The data of a report for tests: the summary of a sample application after its quality check."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

from backend.certification.actors import SYSTEM
from backend.certification.application import Act, Application
from backend.certification.form import ApplicationForm
from backend.certification.ports import Appointment
from backend.certification.quality.review import review
from backend.certification.summary.document import application_summary
from tests.support.certification import FARMER, MONDAY
from tests.support.rule_cases import AS_OF, POLICY, body


def reviewed(changes: dict[str, Any] | None = None, base: int = 2) -> Application:
    """A sample as it stands after the quality check."""
    form = ApplicationForm.parse(body(changes, base))
    result = review(form, AS_OF, POLICY, run_id="id1-v2-submit")
    application = Application("id1", FARMER.id, FARMER.email, FARMER.id, form, MONDAY, MONDAY, MONDAY, number=f"GACP-2569-0001{base:02}")
    minutes = itertools.count(1)
    steps = (("create", "DRAFT", FARMER), ("edit", "DRAFT", FARMER), ("submit", "SUBMITTED", FARMER), ("qc_finished", "IN_REVIEW", SYSTEM))
    for event, status, actor in steps:
        act = Act(actor, MONDAY + timedelta(minutes=next(minutes)), "req_test0001")
        application = replace(application.record(event, act, target=status, reason=f"because of {event}"), status=status)
    return replace(application, submitted_at=MONDAY, qc_status=result.status, qc_runs=(result,))


def appointment(**changes: Any) -> Appointment:
    start = MONDAY + timedelta(days=4)
    made = Appointment(
        "a1", "id1", "GACP-2569-000102", "HYBRID_ONSITE", start, start + timedelta(hours=3), place={"address_text": "ทุ่งมหาเจริญ"}
    )
    return replace(made, **changes)


def summary(application: Application | None = None, variant: Any = "officer", appointments: tuple[Appointment, ...] = ()) -> dict[str, Any]:
    return application_summary(
        application or reviewed(),
        appointments,
        variant,
        policy=POLICY,
        status_url="https://gacp.example/applications/id1",
        created_at=MONDAY,
        request_id="req_test0001",
    )


def section(data: dict[str, Any], id: str) -> dict[str, Any]:
    """The section of that id; raises StopIteration where it is missing."""
    return next(item for item in data["sections"] if item["id"] == id)


def texts(value: Any) -> str:
    """Every text anywhere inside, one per line."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    return "\n".join(texts(item) for item in value) if isinstance(value, list | tuple) else ""


def fact_of(data: dict[str, Any], id: str, english: str) -> str:
    """The first language of a fact of a section, found by its English label."""
    rows = [row for block in section(data, id)["blocks"] if block["kind"] == "facts" for row in block["rows"]]
    return next(row["value"]["text"] for row in rows if row["label"]["note"] == english)


def rows_of(data: dict[str, Any], id: str) -> list[list[dict[str, Any]]]:
    """The rows of the first table of a section."""
    return next(block["rows"] for block in section(data, id)["blocks"] if block["kind"] == "table")
