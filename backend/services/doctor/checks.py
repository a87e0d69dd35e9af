"""What a check is and what comes of it: ok, warning, failed or skipped, with what was seen and the cure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from backend.services.doctor.patient import Patient

Status = Literal["ok", "warning", "failed", "skipped"]
Need = Literal["redis", "documents", "services", "workers"]


@dataclass(frozen=True)
class Verdict:
    """What one check saw; `cure` is what to do about it, a command where there is one."""

    status: Status
    seen: str
    cure: str = ""


@dataclass(frozen=True)
class Check:
    """One thing to look at. `needs` are parts without which nothing can be told; `slow` where it submits jobs.

    `look` may raise: a GacpError is a failure that explains itself.
    """

    name: str
    subject: str
    look: Callable[[Patient], Verdict]
    needs: tuple[Need, ...] = ()
    slow: bool = False


@dataclass(frozen=True)
class Finding:
    """A check that was made."""

    name: str
    subject: str
    verdict: Verdict
    took_ms: int

    @property
    def status(self) -> Status:
        return self.verdict.status

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "subject": self.subject,
            "status": self.status,
            "seen": self.verdict.seen,
            "cure": self.verdict.cure or None,
            "tookMs": self.took_ms,
        }


def ok(seen: str) -> Verdict:
    """As it should be."""
    return Verdict("ok", seen)


def warning(seen: str, cure: str) -> Verdict:
    """It works, and somebody should look at it."""
    return Verdict("warning", seen, cure)


def failed(seen: str, cure: str) -> Verdict:
    """It does not work."""
    return Verdict("failed", seen, cure)


def skipped(why: str, cure: str = "") -> Verdict:
    """Nothing can be told, and why."""
    return Verdict("skipped", why, cure)
