"""Rules: is everything filled in, and filled in the right way?"""

from collections.abc import Iterator

from backend.certification.formats import Fault, format_faults
from backend.certification.quality.case import Case
from backend.certification.requirements import missing_fields


def find(case: Case) -> Iterator[Fault]:
    """FIELD_MISSING for each empty required field, and every fault of form that also stops a submission."""
    yield from (Fault(path, "FIELD_MISSING") for path in missing_fields(case.form, case.policy))
    yield from format_faults(case.form, case.policy)
