"""How the platform is, answered at once however long its servers take: what was seen last, how old that is, and what it means."""

from backend.queues.checkup.assembly import make_checkup
from backend.queues.checkup.checkup import Checkup, Readiness
from backend.queues.checkup.judging import Report, Verdict

__all__ = ["Checkup", "Readiness", "Report", "Verdict", "make_checkup"]
