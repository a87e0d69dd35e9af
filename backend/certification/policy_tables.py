"""The shape of each policy table; the values are in `policies/*.json`."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Conditions = tuple[tuple[str, ...], ...]
"""Groups of circumstances: a rule holds when every group has one that is true of the application."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="forbid")


class Herb(_Row):
    """One herb; the plausible yield is in kg per rai and cycle."""

    code: str
    name_th: str
    name_en: str
    scientific_name: str
    synonyms: tuple[str, ...]
    regime: str | None
    plausible_yield_kg_per_rai_per_cycle: tuple[Decimal, Decimal]
    yield_verified: bool


class Herbs(_Row):
    other_code: str
    special_regimes: tuple[str, ...]
    herbs: tuple[Herb, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Herb]:
        return {herb.code: herb for herb in self.herbs}


class FieldRule(_Row):
    """Fields that have to be filled in; with `each`, those of every item of that list."""

    each: str | None = None
    fields: tuple[str, ...]
    when: Conditions


class DocumentRule(_Row):
    """`slot` may name alternatives, as in `POLICE_REPORT|DAMAGED_CERTIFICATE`."""

    slot: str
    when: Conditions


class PhotoRule(_Row):
    slot: str
    count: int
    when: Conditions


class Requirements(_Row):
    fields: tuple[FieldRule, ...]
    consents: tuple[str, ...]
    documents: tuple[DocumentRule, ...]
    optional_documents: tuple[str, ...]
    photos: tuple[PhotoRule, ...]
    optional_photos: tuple[str, ...]

    @cached_property
    def document_slots(self) -> tuple[str, ...]:
        """Every slot a document may have, those of a rule first."""
        needed = [slot for rule in self.documents for slot in rule.slot.split("|")]
        return tuple(dict.fromkeys([*needed, *self.optional_documents]))

    @cached_property
    def photo_slots(self) -> tuple[str, ...]:
        """Every slot a photo may have, those of a rule first."""
        return tuple(dict.fromkeys([*(rule.slot for rule in self.photos), *self.optional_photos]))


class Box(_Row):
    """A box of degrees, as `(south, north)` and `(west, east)`."""

    lat: tuple[float, float]
    lng: tuple[float, float]


class Files(_Row):
    document_types: tuple[str, ...]
    photo_types: tuple[str, ...]
    max_bytes: int
    max_bytes_per_application: int


class Warnings(_Row):
    gps_accuracy_m: float
    gps_decimals: int
    province_digits: tuple[int, int]


class Formats(_Row):
    """Keys of `vocabularies` and `ranges` are paths, where `*` stands for every item."""

    vocabularies: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, tuple[float, float]]
    positive: tuple[str, ...]
    names: tuple[str, ...]
    name_length: tuple[int, int]
    longest_text: int
    crops: tuple[int, int]
    note_needed_for: tuple[str, ...]
    thailand: Box
    files: Files
    warnings: Warnings


class Province(_Row):
    name_th: str
    name_en: str
    postal_prefix: str


class Provinces(_Row):
    provinces: tuple[Province, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Province]:
        return {name: province for province in self.provinces for name in (province.name_th, province.name_en)}


class DecisionTable(_Row):
    video_min: float
    hybrid_min: float
    evidence_min_for_video: float
    confidence_min: float
    remoteness: tuple[str, ...]
    ai_max_deduction_per_dimension: float


class ForcedOnsite(_Row):
    """An issue of this code, or of this severity, forces an inspection on site."""

    reason: str
    code: str | None = None
    severity: str | None = None


class Ceiling(_Row):
    """The most remote form of inspection under these circumstances."""

    reason: str
    type: str
    when: Conditions


class PhotoLimits(_Row):
    min_width: int
    min_height: int
    min_sharpness: float
    max_age_days: int
    near_km: float
    far_km: float


class NameSimilarity(_Row):
    titles_dropped: tuple[str, ...]
    suffixes_dropped: tuple[str, ...]
    minor: float
    mismatch: float


class Shares(_Row):
    minor: Decimal
    major: Decimal


class Evidence(_Row):
    sop: tuple[str, ...]
    doc: tuple[str, ...]


class CategoryScores(_Row):
    with_evidence: int
    without_evidence: int
    partial: int


class InjectionPattern(_Row):
    pattern: str
    without_spaces: bool = False

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Compiled in the compatibility form that texts are compared in (it takes Thai sara am apart)."""
        return re.compile(unicodedata.normalize("NFKC", self.pattern), re.IGNORECASE)


class CatalogueRow(_Row):
    dimension: str
    severity: str
    visible_to_applicant: bool = True


class Quality(_Row):
    """Weights, penalties and caps are points of 100; ages are days; distances km."""

    ruleset: str
    dimension_weights: Mapping[str, int]
    consistency_penalty: Mapping[str, int]
    overall_cap: Mapping[str, int]
    grades: Mapping[str, int]
    decision: DecisionTable
    forced_onsite: tuple[ForcedOnsite, ...]
    ceilings: tuple[Ceiling, ...]
    document_values: Mapping[str, Decimal]
    official_papers: tuple[str, ...]
    document_max_age_days: Mapping[str, int]
    lab_tests: tuple[str, ...]
    lab_max_age_days: int
    photo_values: Mapping[str, Decimal]
    photo_penalties: Mapping[str, int]
    photo: PhotoLimits
    area_mismatch: Shares
    certificate_months: int
    name_similarity: NameSimilarity
    prohibited_substances: tuple[str, ...]
    fertilizers_to_register: tuple[str, ...]
    category_evidence: Mapping[str, Evidence]
    category_scores: CategoryScores
    injection_patterns: tuple[InjectionPattern, ...]
    ai_max_issues: int
    ai_suspicion_words: tuple[str, ...]
    catalogue: Mapping[str, CatalogueRow]

    def model_post_init(self, _context: Any) -> None:
        """A weight missing would make every score wrong in silence."""
        if sum(self.dimension_weights.values()) != 100:
            raise ValueError("dimensionWeights: the weights have to add up to 100")
