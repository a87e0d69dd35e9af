"""A process of its own that writes into the audit: what the process tests start, many at a time."""

import sys
from pathlib import Path

from backend.adapters.documents.audit import DocumentAudit
from backend.adapters.sqlite.store import SqliteStore
from backend.audit.actions import Action
from backend.audit.entries import Who
from backend.audit.trail import AuditTrail
from backend.clock import SystemClock

if __name__ == "__main__":
    path, name, times = sys.argv[1:]
    store = SqliteStore(Path(path))
    trail = AuditTrail(DocumentAudit(store), SystemClock())
    sys.stdin.readline()  # all start together
    for _ in range(int(times)):
        trail.record(Action.QUEUE_PAUSE, Who(name, "ADMIN"), target="aiQc")
    store.close()
