"""What the status page says of one application: the next step, the result in plain words, appointments, timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.certification.states import OWNER, allowed
from backend.pages.form.desk import Desk
from backend.pages.form.findings import problem, where_to_fix
from backend.pages.form.views import Problem
from backend.pages.rendering import label_text

_HIDDEN_EVENTS = frozenset({"edit", "upload", "remove", "qc_started", "report_made"})
_OPEN_APPOINTMENTS = frozenset({"PROPOSED", "CONFIRMED", "RESCHEDULED", "IN_PROGRESS"})
_SOON = 15  # entries of the timeline that are shown


@dataclass(frozen=True)
class Standing:
    """`waiting`: something will change by itself within a minute, so the page looks again."""

    waiting: bool
    fingerprint: str
    issues: Sequence[tuple[str, Problem]]
    reasons: Sequence[str]
    advice: Sequence[Mapping[str, Any]]
    appointments: Sequence[Mapping[str, Any]]
    has_summary: bool
    to_fix: Sequence[tuple[str, str, str]]
    timeline: Sequence[Mapping[str, Any]]
    may_withdraw: bool


def standing(desk: Desk, shown: Mapping[str, Any]) -> Standing:
    """`shown` is the application as that person may see it."""
    result = shown["aiQc"]
    appointments = [item for item in shown["appointments"] if item["status"] in _OPEN_APPOINTMENTS]
    has_summary = bool(shown["reports"])
    return Standing(
        waiting=_waits(desk, appointments, has_summary=has_summary),
        fingerprint=f"{shown['version']}-{result['status']}-{len(appointments)}-{len(shown['reports'])}",
        issues=[(issue["severity"], problem(issue)) for issue in result.get("issues", ())],
        reasons=[label_text("decisionReason", code) for code in result.get("decisionReasons") or ()],
        advice=result.get("recommendations", ()),
        appointments=appointments,
        has_summary=has_summary,
        to_fix=_to_fix(desk),
        timeline=[entry for entry in reversed(shown["timeline"]) if entry["event"] not in _HIDDEN_EVENTS][:_SOON],
        may_withdraw=allowed(desk.application.status, "withdraw", OWNER),
    )


def _waits(desk: Desk, appointments: Sequence[object], *, has_summary: bool) -> bool:
    """While the check runs, and for the moment in which its results arrive."""
    application = desk.application
    if application.status == "SUBMITTED":
        return True
    expected = application.inspection_type is not None
    return application.status == "IN_REVIEW" and (not has_summary or (expected and not appointments))


def _to_fix(desk: Desk) -> list[tuple[str, str, str]]:
    """(path, reason, address) of each thing that the reviewer asks to put right."""
    revision = desk.application.revision
    if revision is None:
        return []
    return [(item.path, item.reason, where_to_fix(desk.outline, desk.id, item.path)) for item in revision.items]
