"""Rules: do the papers name the same person, number and land as the form?"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from backend.certification.area import usable
from backend.certification.dates import add_months, known
from backend.certification.formats import Fault
from backend.certification.identifiers import digits_of
from backend.certification.quality.case import Case
from backend.certification.quality.names import similarity


def find(case: Case) -> Iterator[Fault]:
    """Contradictions between form and papers; a check that a present paper did not allow is named as such."""
    yield from _national_id(case)
    yield from _names(case)
    yield from _area(case)
    yield from _lease(case)
    yield from _renewal(case)


def _national_id(case: Case) -> Iterator[Fault]:
    card = case.documents.get("ID_CARD")
    if card is None:
        return
    on_card, in_form = digits_of(card.number_on_document), digits_of(case.form.applicant.person_id)
    if not on_card or not in_form:
        yield Fault("NATIONAL_ID_VS_ID_CARD", "CHECK_NOT_PERFORMED")
    elif on_card != in_form:
        yield Fault("documents.ID_CARD", "NATIONAL_ID_MISMATCH")


def _names(case: Case) -> Iterator[Fault]:
    limits = case.quality.name_similarity
    for slot, typed in _expected_names(case).items():
        document = case.documents.get(slot)
        if document is None:
            continue
        if not document.name_on_document or not typed:
            if slot == "ID_CARD":
                yield Fault("NAME_VS_ID_CARD", "CHECK_NOT_PERFORMED")
            continue
        alike = similarity(typed, document.name_on_document, limits)
        if alike < limits.minor:
            yield Fault(f"documents.{slot}", "NAME_MISMATCH" if alike < limits.mismatch else "NAME_MISMATCH_MINOR")


def _expected_names(case: Case) -> dict[str, str | None]:
    """Whose name each paper has to carry: the person's, the organisation's, the land owner's."""
    applicant, land = case.form.applicant, case.form.farm.land
    owner = land.owner_name or (applicant.name_th if land.tenure == "OWNED" else None)
    return {
        "ID_CARD": applicant.person_name,
        "COMPANY_CERTIFICATE": applicant.name_th,
        "CE_REGISTRATION": applicant.name_th,
        "LAND_RIGHTS": owner,
    }


def _area(case: Case) -> Iterator[Fault]:
    paper = case.documents.get("LAND_RIGHTS")
    if paper is None:
        return
    typed, on_paper = usable(case.form.farm.area), usable(paper.area_on_document)
    if typed is None or on_paper is None:
        yield Fault("AREA_VS_LAND_DOCUMENT", "CHECK_NOT_PERFORMED")
        return
    share: Decimal = abs(typed - on_paper) / on_paper
    if share > case.quality.area_mismatch.minor:
        yield Fault("documents.LAND_RIGHTS", "AREA_MISMATCH" if share > case.quality.area_mismatch.major else "AREA_MISMATCH_MINOR")


def _lease(case: Case) -> Iterator[Fault]:
    ends = known(case.form.farm.land.lease_ends_on)
    if ends is None:
        return
    last_day = add_months(case.as_of, case.quality.certificate_months) - timedelta(days=1)
    if ends < case.as_of:
        yield Fault("farm.land.leaseEndsOn", "LEASE_EXPIRED")
    elif ends < last_day:
        yield Fault("farm.land.leaseEndsOn", "LEASE_SHORTER_THAN_CERTIFICATE")


def _renewal(case: Case) -> Iterator[Fault]:
    if case.form.request_type != "RENEWAL":
        return
    paper = case.documents.get("PREVIOUS_CERTIFICATE")
    expired = known(case.form.previous_certificate.expires_on) or (known(paper.expires_on) if paper else None)
    if expired and expired < case.as_of:
        yield Fault("previousCertificate.expiresOn", "RENEWAL_AFTER_EXPIRY")
