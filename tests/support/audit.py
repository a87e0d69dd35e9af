"""An audit in memory, and what stands in for `services` where a command has to write into one."""

from types import SimpleNamespace

from backend.adapters.documents.audit import DocumentAudit
from backend.adapters.memory.documents import MemoryStore
from backend.audit.entries import Who
from backend.audit.ports import AuditFilter
from backend.audit.trail import AuditTrail
from backend.clock import SystemClock

SOMCHAI = Who("user-1", "ADMIN", "somchai@example.com", "203.0.113.7")


def a_trail(store=None, clock=None):
    """An empty one, or the one of that store."""
    kept = DocumentAudit(store or MemoryStore())
    kept.ensure()
    return AuditTrail(kept, clock or SystemClock(), sleep=lambda _: None)


def audited(**parts):
    """The `services` of a command: these parts, and an audit."""
    return SimpleNamespace(**{"audit": a_trail(), "clock": SystemClock(), **parts})


def noted(trail):
    """Action, outcome and target of every entry, the oldest first."""
    return [(entry.action, entry.outcome, entry.target) for entry in trail.page(AuditFilter(), limit=1000).items][::-1]
