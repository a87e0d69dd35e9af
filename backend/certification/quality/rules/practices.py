"""Rules: do crops, inputs, water and laboratory results agree with good practice and with each other?"""

from collections.abc import Iterator
from decimal import Decimal

from backend.certification.area import usable
from backend.certification.dates import known
from backend.certification.form import Crop
from backend.certification.formats import Fault
from backend.certification.policy_tables import Herb
from backend.certification.quality.case import Case


def find(case: Case) -> Iterator[Fault]:
    """Faults of the herbs, of what is put on them and of the laboratory results."""
    for index, crop in enumerate(case.form.crops):
        herb = case.policy.herb(crop.herb_code)
        if herb is not None:
            yield from _crop(f"crops.{index}", crop, herb)
    yield from _crop_areas(case)
    yield from _fertilizers(case)
    yield from _pesticides(case)
    if "UNTREATED_WASTEWATER" in case.form.farm.water.sources:
        yield Fault("farm.water.sources", "UNTREATED_WASTEWATER")
    yield from _laboratory(case)


def _crop(path: str, crop: Crop, herb: Herb) -> Iterator[Fault]:
    if crop.scientific_name and not _is_species(crop.scientific_name, herb):
        yield Fault(f"{path}.scientificName", "SPECIES_MISMATCH")
    if not crop.planted_area.is_valid or crop.expected_yield_kg_per_cycle is None:
        return
    per_rai = Decimal(str(crop.expected_yield_kg_per_cycle)) / crop.planted_area.in_rai
    least, most = herb.plausible_yield_kg_per_rai_per_cycle
    if not least <= per_rai <= most:
        yield Fault(f"{path}.expectedYieldKgPerCycle", "YIELD_IMPLAUSIBLE")


def _is_species(typed: str, herb: Herb) -> bool:
    """Whether genus and species are the herb's, or an accepted synonym's; authors and varieties do not count."""
    return any(_binomial(typed) == _binomial(name) for name in (herb.scientific_name, *herb.synonyms))


def _binomial(name: str) -> list[str]:
    return [word.strip(".,()").casefold() for word in name.split()[:2]]


def _crop_areas(case: Case) -> Iterator[Fault]:
    field = usable(case.form.farm.cultivated_area)
    planted = sum((usable(crop.planted_area) or Decimal(0) for crop in case.form.crops), Decimal(0))
    if field is not None and planted > field:
        yield Fault("crops", "CROP_AREA_EXCEEDS_FIELD")


def _fertilizers(case: Case) -> Iterator[Fault]:
    for index, fertilizer in enumerate(case.form.practices.fertilizers):
        path = f"practices.fertilizers.{index}"
        if _is_prohibited(case, fertilizer.name):
            yield Fault(path, "PROHIBITED_SUBSTANCE")
        if fertilizer.kind == "HUMAN_WASTE":
            yield Fault(path, "HUMAN_WASTE_FERTILIZER")
        if fertilizer.kind in case.quality.fertilizers_to_register and not fertilizer.registration_no:
            yield Fault(path, "INPUT_NOT_REGISTERED")


def _pesticides(case: Case) -> Iterator[Fault]:
    for index, pesticide in enumerate(case.form.practices.pesticides):
        path = f"practices.pesticides.{index}"
        if _is_prohibited(case, pesticide.name, pesticide.active_ingredient):
            yield Fault(path, "PROHIBITED_SUBSTANCE")
        if not pesticide.registration_no:
            yield Fault(path, "INPUT_NOT_REGISTERED")


def _is_prohibited(case: Case, *names: str | None) -> bool:
    words = " ".join(name for name in names if name).casefold()
    return any(substance in words for substance in case.quality.prohibited_substances)


def _laboratory(case: Case) -> Iterator[Fault]:
    for slot, document in case.documents.items():
        if document.lab_result == "FAIL":
            yield Fault(f"documents.{slot}", "LAB_RESULT_FAIL")
        issued = known(document.issued_on)
        if slot in case.quality.lab_tests and issued and case.older_than(issued, case.quality.lab_max_age_days):
            yield Fault(f"documents.{slot}", "LAB_RESULT_OLD")
