"""Which filled-in fields break a rule of form (domain.md b.3); the quality check and the submit gate both ask here."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from backend.certification.area import Area
from backend.certification.form import Applicant, ApplicationForm, Crop, Farm
from backend.certification.geo import position_fault
from backend.certification.identifiers import is_community_enterprise_id, is_email, is_juristic_id, is_national_id, is_phone, is_postal_code
from backend.certification.policy import Policy


class Fault(NamedTuple):
    """A rule, by its code, that the field at `path` breaks."""

    path: str
    code: str


def format_faults(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    """Faults of identifiers, contacts, position, areas and herbs; an empty field has none."""
    yield from _identity(form.applicant)
    yield from _contacts(form)
    if code := position_fault(form.farm.location, policy.formats.thailand):
        yield Fault("farm.location", code)
    yield from _areas(form.farm)
    for index, crop in enumerate(form.crops):
        yield from _crop(f"crops.{index}", crop, policy)


def _identity(applicant: Applicant) -> Iterator[Fault]:
    if applicant.type in {"COMMUNITY_ENTERPRISE", "JURISTIC"}:
        yield from _text("applicant.representative.nationalId", applicant.representative.national_id, is_national_id, "NATIONAL_ID_INVALID")
    else:
        yield from _text("applicant.nationalId", applicant.national_id, is_national_id, "NATIONAL_ID_INVALID")
    number = applicant.registration_number
    if applicant.type == "JURISTIC":
        yield from _text("applicant.registrationNumber", number, is_juristic_id, "JURISTIC_ID_INVALID")
    elif applicant.type == "COMMUNITY_ENTERPRISE":
        yield from _text("applicant.registrationNumber", number, is_community_enterprise_id, "CE_REGISTRATION_INVALID")


def _contacts(form: ApplicationForm) -> Iterator[Fault]:
    applicant = form.applicant
    yield from _text("applicant.phone", applicant.phone, is_phone, "PHONE_INVALID")
    yield from _text("applicant.representative.phone", applicant.representative.phone, is_phone, "PHONE_INVALID")
    yield from _text("applicant.attorney.phone", applicant.attorney.phone, is_phone, "PHONE_INVALID")
    yield from _text("applicant.email", applicant.email, is_email, "EMAIL_INVALID")
    yield from _text("applicant.address.postalCode", applicant.address.postal_code, is_postal_code, "POSTAL_CODE_INVALID")
    yield from _text("farm.address.postalCode", form.farm.address.postal_code, is_postal_code, "POSTAL_CODE_INVALID")


def _areas(farm: Farm) -> Iterator[Fault]:
    yield from _area("farm.area", farm.area)
    yield from _area("farm.cultivatedArea", farm.cultivated_area)
    if farm.area.is_valid and farm.cultivated_area.is_valid and farm.cultivated_area.square_metres > farm.area.square_metres:
        yield Fault("farm.cultivatedArea", "AREA_EXCEEDS_FARM")


def _crop(path: str, crop: Crop, policy: Policy) -> Iterator[Fault]:
    if crop.herb_code and policy.herb(crop.herb_code) is None and crop.herb_code != policy.herbs.other_code:
        yield Fault(f"{path}.herbCode", "HERB_UNKNOWN")
    yield from _area(f"{path}.plantedArea", crop.planted_area)


def _area(path: str, area: Area) -> Iterator[Fault]:
    if not area.is_blank and not area.is_valid:
        yield Fault(path, "AREA_INVALID")


def _text(path: str, text: str | None, fits: Callable[[str], bool], code: str) -> Iterator[Fault]:
    if text and not fits(text):
        yield Fault(path, code)
