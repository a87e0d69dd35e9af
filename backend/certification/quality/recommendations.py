"""What applicant, reviewer and inspector should do next, from the issues found."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from backend.certification.form import ApplicationForm
from backend.certification.messages.texts import name_of
from backend.certification.quality.result import Issue

_NAMED = 5  # more names than this nobody reads


def recommend(issues: Sequence[Issue], form: ApplicationForm) -> tuple[dict[str, str], ...]:
    """One sentence per row of the table that matches an issue, as audience, textTh and textEn."""
    return tuple(_sentence(row, matching, form) for row in _table() if (matching := [issue for issue in issues if _matches(row, issue)]))


def _matches(row: Mapping[str, Any], issue: Issue) -> bool:
    if row["audience"] == "APPLICANT" and not issue.visible_to_applicant:
        return False
    return issue.dimension == row.get("dimension") or issue.code in row.get("codes", ())


def _sentence(row: Mapping[str, Any], issues: list[Issue], form: ApplicationForm) -> dict[str, str]:
    names = list(dict.fromkeys(name_of(issue.path, form) for issue in issues))
    more = " …" if len(names) > _NAMED else ""
    th, en = (", ".join(getattr(name, language) for name in names[:_NAMED]) + more for language in ("th", "en"))
    return {
        "audience": row["audience"],
        "textTh": row["th"].format(count=len(names), names=th),
        "textEn": row["en"].format(count=len(names), names=en),
    }


@cache
def _table() -> tuple[Mapping[str, Any], ...]:
    return tuple(json.loads((files("backend.certification.messages") / "recommendations.json").read_text("utf-8")))
