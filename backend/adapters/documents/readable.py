"""Reads a list of documents past those that cannot be read, so that one damaged by hand does not stop the work on all others."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from backend.adapters.documents.store import Document
from backend.errors import GacpError
from backend.telemetry.logs import logger

T = TypeVar("T")
log = logger("documents")


def readable(documents: Iterable[Document], read: Callable[[Document], T]) -> list[T]:
    """What `read` makes of each; those that it cannot read are left out, and named in the log."""
    found: list[T] = []
    for document in documents:
        try:
            found.append(read(document))
        except (GacpError, KeyError, TypeError, ValueError, AttributeError) as error:
            # Without the trace: it could show what a person wrote.
            log.warning("A document cannot be read and is left alone", document_id=document.get("id"), error=type(error).__name__)
    return found
