"""Rules: are the required documents there, accepted, readable and in date?"""

from collections.abc import Iterator

from backend.certification.dates import known
from backend.certification.form import DocumentFacts, FileFacts
from backend.certification.formats import Fault
from backend.certification.quality.case import Case
from backend.certification.requirements import missing_documents


def find(case: Case) -> Iterator[Fault]:
    """Faults of every document in force, required or not, and of the slots without one."""
    yield from (Fault(f"documents.{slot}", "DOCUMENT_MISSING") for slot in missing_documents(case.form, case.policy))
    files = case.policy.formats.files
    for slot, document in case.documents.items():
        if is_refused(document, files.document_types, files.max_bytes):
            yield Fault(f"documents.{slot}", "DOCUMENT_FILE_REJECTED")  # nobody can open it: nothing else to say
        else:
            yield from (Fault(f"documents.{slot}", code) for code in _faults(slot, document, case))


def is_refused(file: FileFacts, types: tuple[str, ...], max_bytes: int) -> bool:
    """Whether a file is of a type that is not accepted, or too large."""
    wrong_type = file.mime is not None and file.mime.lower() not in types
    return wrong_type or (file.size_bytes is not None and file.size_bytes > max_bytes)


def _faults(slot: str, document: DocumentFacts, case: Case) -> Iterator[str]:
    if document.legibility == "UNREADABLE":
        yield "DOCUMENT_UNREADABLE"
    elif document.legibility == "POOR":
        yield "DOCUMENT_POOR_QUALITY"
    expires, issued = known(document.expires_on), known(document.issued_on)
    if expires and expires < case.as_of:
        yield "DOCUMENT_EXPIRED"
    if issued and issued > case.as_of:
        yield "DOCUMENT_DATE_IN_FUTURE"
    max_age = case.quality.document_max_age_days.get(slot)
    if issued and max_age is not None and case.older_than(issued, max_age):
        yield "DOCUMENT_TOO_OLD"
