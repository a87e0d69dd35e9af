"""What in a form looks odd without being wrong: it is shown beside the field and never stops anybody."""

from collections.abc import Iterator
from decimal import Decimal

from backend.certification.form import Address, ApplicationForm, Location
from backend.certification.formats import Fault
from backend.certification.geo import is_located
from backend.certification.identifiers import is_national_id, is_postal_code, province_digits
from backend.certification.policy import Policy
from backend.certification.vocabulary import province_name


def warning_faults(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    """Unusual ID digits, postal codes of another province, coarse positions, files in slots that no rule knows."""
    yield from _province_digits(form, policy)
    yield from _postal_code("applicant.address.postalCode", form.applicant.address, policy)
    yield from _postal_code("farm.address.postalCode", form.farm.address, policy)
    yield from _position(form.farm.location, policy)
    yield from _slots(form, policy)


def _province_digits(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    least, most = policy.formats.warnings.province_digits
    numbers = {
        "applicant.nationalId": form.applicant.national_id,
        "applicant.representative.nationalId": form.applicant.representative.national_id,
    }
    for path, number in numbers.items():
        if number and is_national_id(number) and not least <= province_digits(number) <= most:
            yield Fault(path, "PROVINCE_DIGITS_UNUSUAL")


def _postal_code(path: str, address: Address, policy: Policy) -> Iterator[Fault]:
    province = policy.provinces.by_name.get(province_name(address.province or ""))
    code = address.postal_code or ""
    if province and is_postal_code(code) and not code.startswith(province.postal_prefix):
        yield Fault(path, "POSTAL_CODE_UNUSUAL")


def _position(location: Location, policy: Policy) -> Iterator[Fault]:
    limits = policy.formats.warnings
    if location.accuracy_m is not None and location.accuracy_m > limits.gps_accuracy_m:
        yield Fault("farm.location", "GPS_INACCURATE")
    if is_located(location, policy.formats.thailand) and max(_decimals(location.lat), _decimals(location.lng)) <= limits.gps_decimals:
        yield Fault("farm.location", "GPS_COARSE")


def _decimals(value: float | None) -> int:
    exponent = Decimal(str(value or 0)).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _slots(form: ApplicationForm, policy: Policy) -> Iterator[Fault]:
    requirements = policy.requirements
    for index, document in enumerate(form.documents):
        if document.slot not in requirements.document_slots:
            yield Fault(f"documents.{document.slot or index}", "SLOT_UNKNOWN")
    for index, photo in enumerate(form.photos):
        if photo.slot not in requirements.photo_slots:
            yield Fault(f"photos.{index}", "SLOT_UNKNOWN")
