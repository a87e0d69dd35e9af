"""Many processes that write into the audit at once make one chain."""

import subprocess
import sys
from collections import Counter

from backend.adapters.documents.audit import DocumentAudit
from backend.adapters.sqlite.store import SqliteStore
from backend.audit.ports import AuditFilter
from backend.audit.verifying import verify

PROCESSES, TIMES = 6, 15


def test_the_chain_of_many_writers_neither_forks_nor_has_a_gap(tmp_path):
    path = tmp_path / "documents.db"
    store = SqliteStore(path)
    kept = DocumentAudit(store)
    kept.ensure()
    command = [sys.executable, "-m", "tests.support.audit_process", str(path)]
    writers = [
        subprocess.Popen([*command, f"user-{number}", str(TIMES)], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for number in range(PROCESSES)
    ]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [(writer.communicate(timeout=110)[1], writer.returncode) for writer in writers] == [("", 0)] * PROCESSES

    verdict = verify(kept)
    written = kept.page(AuditFilter(), limit=1000).items
    assert (verdict.whole, verdict.checked) == (True, PROCESSES * TIMES)
    assert Counter(entry.by.id for entry in written) == {f"user-{number}": TIMES for number in range(PROCESSES)}
    assert kept.remembered() == kept.last()
    store.close()
