"""Every provider of the ledger port, opened empty for one test."""

from contextlib import contextmanager

from backend.adapters.documents.ledger import DocumentLedger
from backend.adapters.memory.ledger import MemoryLedger
from tests.support.document_stores import PROVIDERS, opened

LEDGERS = ("plain", *PROVIDERS)
"""`plain` keeps jobs as they are; the others are the ledger over each document store."""


@contextmanager
def opened_ledger(provider, folder):
    if provider == "plain":
        yield MemoryLedger()
        return
    with opened(provider, folder) as store:
        ledger = DocumentLedger(store)
        ledger.ensure()
        yield ledger
