"""Which fields hold a value outside their vocabulary, range, length or calendar (domain.md b.1 to b.3).

These stop a submission, but are no issues of the quality check: its catalogue does not have them.
"""

import re
from collections.abc import Iterator

from backend.certification.form import ApplicationForm
from backend.certification.formats import Fault
from backend.certification.identifiers import is_house_code
from backend.certification.paths import texts_of, values_at
from backend.certification.policy import Policy

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # a line break may stand in a note
_DAYS = (
    "previousCertificate.issuedOn",
    "previousCertificate.expiresOn",
    "farm.land.leaseEndsOn",
    "documents.*.issuedOn",
    "documents.*.expiresOn",
    "photos.*.takenOn",
    "licenses.*.issuedOn",
    "licenses.*.expiresOn",
)


def vocabulary_faults(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    """Faults in the order: codes, numbers, texts, dates, crops, self-assessment; an empty field has none."""
    yield from _unknown_codes(form, policy)
    yield from _numbers(form, policy)
    yield from _texts(form, policy)
    yield from (Fault(path, "DATE_INVALID") for pattern in _DAYS for path, value in values_at(form, pattern) if isinstance(value, str))
    yield from _crops(form, policy)
    yield from _notes(form, policy)


def _unknown_codes(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    for pattern, known in policy.formats.vocabularies.items():
        for path, value in values_at(form, pattern):
            if any(code and code not in known for code in (value if isinstance(value, list) else [value])):
                yield Fault(path, "CODE_UNKNOWN")
    names = policy.provinces.by_name
    for path in ("applicant.address.province", "farm.address.province"):
        for _, name in values_at(form, path):
            if name and province_name(name) not in names:
                yield Fault(path, "PROVINCE_UNKNOWN")


def province_name(typed: str) -> str:
    """The province's own name, without the word for province; Bangkok's short form made long."""
    bare = re.sub(r"^(จังหวัด|จ\.) ?", "", typed)
    return "กรุงเทพมหานคร" if bare in {"กรุงเทพ", "กรุงเทพฯ", "กทม.", "กทม"} else bare


def _numbers(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    for pattern, (least, most) in policy.formats.ranges.items():
        yield from (
            Fault(path, "OUT_OF_RANGE") for path, value in values_at(form, pattern) if value is not None and not least <= value <= most
        )
    for pattern in policy.formats.positive:
        yield from (Fault(path, "OUT_OF_RANGE") for path, value in values_at(form, pattern) if value is not None and value <= 0)


def _texts(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    shortest, longest = policy.formats.name_length
    for pattern in policy.formats.names:
        yield from (Fault(path, "NAME_LENGTH") for path, name in values_at(form, pattern) if name and not shortest <= len(name) <= longest)
    for path, text in texts_of(form):
        if len(text) > policy.formats.longest_text:
            yield Fault(path, "TEXT_TOO_LONG")
        elif _CONTROL.search(text):
            yield Fault(path, "CONTROL_CHARACTERS")
    if form.applicant.house_code and not is_house_code(form.applicant.house_code):
        yield Fault("applicant.houseCode", "HOUSE_CODE_INVALID")


def _crops(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    if len(form.crops) > policy.formats.crops[1]:
        yield Fault("crops", "TOO_MANY_CROPS")
    for index, crop in enumerate(form.crops):
        if crop.herb_code == policy.herbs.other_code and not crop.herb_name_other:
            yield Fault(f"crops.{index}.herbNameOther", "REQUIRED")


def _notes(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    for category, assessment in form.self_assessment.items():
        if assessment.status in policy.formats.note_needed_for and not assessment.note:
            yield Fault(f"selfAssessment.{category}.note", "REQUIRED")
