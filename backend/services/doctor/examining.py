"""Makes the checks one after the other, each within its time, and cleans up behind them whatever happens."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.clock import to_iso
from backend.errors import GacpError, Misconfigured, one_line
from backend.services.doctor.checks import Check, Finding, Verdict, failed, ok, skipped, warning
from backend.services.doctor.patient import Patient
from backend.telemetry.logs import mask

OVERTIME_S = 5.0
"""Beyond the time-out of what it waits for, before a check is given up."""
STATUSES = ("ok", "warning", "failed", "skipped")


@dataclass(frozen=True)
class Examination:
    """Everything that was found, in the order of the table."""

    findings: Sequence[Finding]
    at: datetime
    took_ms: int
    summary: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        counted = {status: sum(each.status == status for each in self.findings) for status in STATUSES}
        object.__setattr__(self, "summary", counted)

    @property
    def healthy(self) -> bool:
        """Whether nothing failed; warnings do not count."""
        return not self.summary["failed"]

    @property
    def first_failure(self) -> Finding | None:
        """The one nearest to the cause, as the table goes from what needs nothing to what needs everything."""
        return next((each for each in self.findings if each.status == "failed"), None)

    def to_json(self) -> dict[str, Any]:
        first = self.first_failure
        return {
            "healthy": self.healthy,
            "beginWith": first.name if first else None,
            "at": to_iso(self.at),
            "tookMs": self.took_ms,
            "summary": self.summary,
            "checks": [finding.to_json() for finding in self.findings],
        }


def examine(
    checks: Sequence[Check], patient: Patient, *, at: datetime, begun: Callable[[Check], None], done: Callable[[Finding], None]
) -> Examination:
    """Make the checks; `begun` and `done` are told of each. An interrupted examination cleans up as well."""
    began, findings = time.monotonic(), list[Finding]()
    try:
        for check in checks:
            begun(check)
            findings.append(_made(check, patient))
            done(findings[-1])
    finally:
        cleaned = _cleaned(patient)
    if cleaned is not None:
        findings.append(cleaned)
        done(cleaned)
    return Examination(findings, at, round((time.monotonic() - began) * 1000))


def refused(error: Misconfigured, *, at: datetime) -> Examination:
    """All that can be found where a setting cannot be used: that it stops every process."""
    cure = "correct the variable that is named; .env.example says what it may be"
    return Examination([Finding("settings", "configuration", failed(one_line(error), cure), 0)], at, 0)


def _made(check: Check, patient: Patient) -> Finding:
    began = time.monotonic()
    verdict = _within(patient.timeout_s + OVERTIME_S, lambda: _looked(check, patient))
    seen = str(mask(verdict.seen))
    return Finding(check.name, check.subject, Verdict(verdict.status, seen, verdict.cure), round((time.monotonic() - began) * 1000))


def _looked(check: Check, patient: Patient) -> Verdict:
    why_not = patient.missing(check.needs)
    return skipped(why_not) if why_not else check.look(patient)


def _within(seconds: float, look: Callable[[], Verdict]) -> Verdict:
    """The verdict, or that there was none in time: the thread is left behind and ends with the process."""
    found: list[Verdict] = []
    thread = threading.Thread(target=lambda: found.append(_caught(look)), daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else failed(f"no answer within {seconds:g} s", "look at the server that this check asks: it hangs")


def _caught(look: Callable[[], Verdict]) -> Verdict:
    try:
        return look()
    except GacpError as error:
        return failed(one_line(error), "see what the message names")
    except Exception as error:  # noqa: BLE001 - the others go on
        return failed(f"the check itself failed: {type(error).__name__}: {error}", "report it: a check must not fail like that")


def _cleaned(patient: Patient) -> Finding | None:
    """The last finding: whether all probes are gone; None where there were none."""
    began = time.monotonic()

    def clean() -> Verdict:
        left = patient.clean()
        if left:
            return warning(f"{len(left)} probes are still there: {', '.join(left[:3])}", "run `gacp doctor` again in ten minutes")
        return ok("every probe was removed")

    if not patient.probed:
        return None
    verdict = _within(patient.timeout_s + OVERTIME_S, clean)
    return Finding("probes-removed", "jobs", verdict, round((time.monotonic() - began) * 1000))
