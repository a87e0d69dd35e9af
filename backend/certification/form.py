"""The application as the applicant fills it in: every field optional, so that a draft may be incomplete or wrong."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError

from backend.certification.area import Area
from backend.certification.file_facts import DocumentFacts as DocumentFacts
from backend.certification.file_facts import FileFacts as FileFacts
from backend.certification.file_facts import PhotoFacts as PhotoFacts
from backend.certification.file_facts import Position as Position
from backend.certification.normalise import normalise_json
from backend.certification.part import Day, Flag, Number, Part, Text, type_errors
from backend.errors import InvalidInput

_ORGANISATIONS = frozenset({"COMMUNITY_ENTERPRISE", "JURISTIC"})


class Address(Part):
    line: Text = None
    subdistrict: Text = None
    district: Text = None
    province: Text = None
    postal_code: Text = None


class Representative(Part):
    name_th: Text = None
    national_id: Text = None
    position: Text = None
    phone: Text = None


class Attorney(Part):
    name: Text = None
    phone: Text = None
    relation: Text = None


class Applicant(Part):
    """Who applies: INDIVIDUAL, COMMUNITY_ENTERPRISE or JURISTIC."""

    type: Text = None
    name_th: Text = None
    name_en: Text = None
    national_id: Text = None
    registration_number: Text = None
    house_code: Text = None
    representative: Representative = Field(default_factory=Representative)
    address: Address = Field(default_factory=Address)
    phone: Text = None
    email: Text = None
    line_id: Text = None
    nationality: Text = None
    member_count: Number = None
    filed_by_attorney: Flag = None
    attorney: Attorney = Field(default_factory=Attorney)

    @property
    def person_name(self) -> str | None:
        """The name of whom the ID card belongs to: the individual, or who stands for the organisation."""
        return self.representative.name_th if self.type in _ORGANISATIONS else self.name_th

    @property
    def person_id(self) -> str | None:
        """The national ID of whom the ID card belongs to."""
        return self.representative.national_id if self.type in _ORGANISATIONS else self.national_id


class Location(Position):
    """Where the farm is, and how that was found: PHONE_GPS, MAP_PIN, TYPED or SURVEY."""

    accuracy_m: Number = None
    source: Text = None


class Land(Part):
    tenure: Text = None
    document_type: Text = None
    document_number: Text = None
    owner_name: Text = None
    lease_ends_on: Day = None
    remarks: Text = None


class LandHistory(Part):
    previous_use: Text = None
    years_known: Number = None
    contamination_sources: list[str] = Field(default_factory=list)


class Soil(Part):
    texture: Text = None
    ph: Number = None
    amendments: Text = None


class Water(Part):
    sources: list[str] = Field(default_factory=list)
    irrigation: Text = None


class Farm(Part):
    """The one site that the application is about."""

    name_th: Text = None
    name_en: Text = None
    address: Address = Field(default_factory=Address)
    location: Location = Field(default_factory=Location)
    boundary: dict[str, Any] | None = None
    area: Area = Field(default_factory=Area)
    cultivated_area: Area = Field(default_factory=Area)
    area_types: list[str] = Field(default_factory=list)
    land: Land = Field(default_factory=Land)
    land_history: LandHistory = Field(default_factory=LandHistory)
    soil: Soil = Field(default_factory=Soil)
    water: Water = Field(default_factory=Water)
    description: Text = None


class Crop(Part):
    herb_code: Text = None
    herb_name_other: Text = None
    scientific_name: Text = None
    variety: Text = None
    parts_used: list[str] = Field(default_factory=list)
    material_kind: Text = None
    material_origin: Text = None
    material_source: Text = None
    planted_area: Area = Field(default_factory=Area)
    plants_per_cycle: Number = None
    expected_yield_kg_per_cycle: Number = None
    cycles_per_year: Number = None
    planting_month: Number = None
    harvest_month: Number = None
    collection_plan: Text = None


class Fertilizer(Part):
    kind: Text = None
    name: Text = None
    registration_no: Text = None


class Pesticide(Part):
    name: Text = None
    active_ingredient: Text = None
    registration_no: Text = None
    phi_days: Number = None


class Practices(Part):
    fertilizers: list[Fertilizer] = Field(default_factory=list)
    pesticides: list[Pesticide] = Field(default_factory=list)
    record_keeping: Text = None
    staff_count: Number = None
    training: Text = None


class Assessment(Part):
    """What the applicant says of one category: COMPLIANT, PARTIAL, NON_COMPLIANT or NOT_APPLICABLE."""

    status: Text = None
    note: Text = None


class Licence(Part):
    kind: Text = None
    form: Text = None
    number: Text = None
    status: Text = None
    issued_on: Day = None
    expires_on: Day = None


class Consents(Part):
    privacy_notice_version: Text = None
    privacy_notice_accepted_at: Text = None
    truth_declaration: Flag = None
    ai_processing_notice_seen: Flag = None
    allow_cross_border_ai: Flag = None
    marketing: Flag = None


class PreviousCertificate(Part):
    number: Text = None
    issued_on: Day = None
    expires_on: Day = None


class History(Part):
    certificates_held: Number = None
    rejected_or_sanctioned_within_24_months: Flag = None


def _without_nulls(table: Any) -> Any:
    return {key: value for key, value in table.items() if value is not None} if isinstance(table, Mapping) else table


class ApplicationForm(Part):
    """The body of an application, as the JSON API takes and gives it."""

    schema_version: Number = None
    request_type: Text = None
    replacement_reason: Text = None
    certification_scopes: list[str] = Field(default_factory=list)
    purposes: list[str] = Field(default_factory=list)
    previous_certificate_number: Text = None
    previous_certificate: PreviousCertificate = Field(default_factory=PreviousCertificate)
    applicant: Applicant = Field(default_factory=Applicant)
    farm: Farm = Field(default_factory=Farm)
    crops: list[Crop] = Field(default_factory=list)
    practices: Practices = Field(default_factory=Practices)
    sop_sections: list[str] = Field(default_factory=list)
    self_assessment: Annotated[dict[str, Assessment], BeforeValidator(_without_nulls)] = Field(default_factory=dict)
    documents: list[DocumentFacts] = Field(default_factory=list)
    photos: list[PhotoFacts] = Field(default_factory=list)
    licenses: list[Licence] = Field(default_factory=list)
    consents: Consents = Field(default_factory=Consents)
    history: History = Field(default_factory=History)
    notes: Text = None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Read the JSON body, its texts normalised; raises InvalidInput naming each field that is of a wrong type."""
        try:
            return cls.model_validate(normalise_json(dict(data)))
        except ValidationError as error:
            raise InvalidInput(errors=type_errors(error)) from None  # the cause would carry personal data into a traceback

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave: its texts are normalised already, and doing that again is half of the time of `parse`."""
        return cls.model_validate(data)

    def to_json(self) -> dict[str, Any]:
        """The body in camelCase, without the keys that were never given."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @property
    def herb_codes(self) -> tuple[str, ...]:
        """The codes of the herbs that are grown, each once."""
        return tuple(dict.fromkeys(crop.herb_code for crop in self.crops if crop.herb_code))

    def current_documents(self) -> dict[str, DocumentFacts]:
        """The document in force of each slot: the last one that nothing superseded."""
        return {document.slot: document for document in self.documents if document.slot and not document.superseded_by}
