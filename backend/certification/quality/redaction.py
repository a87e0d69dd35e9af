"""The facts that a model may read: what the rules need to be judged by, nothing that points to a person (domain.md d.8)."""

from datetime import date
from typing import Any

from backend.certification.area import Area
from backend.certification.dates import known
from backend.certification.form import Applicant, ApplicationForm, DocumentFacts, Farm, PhotoFacts
from backend.certification.identifiers import digits_of, is_national_id
from backend.certification.part import Part
from backend.certification.policy import Policy
from backend.certification.quality.case import Case
from backend.certification.quality.rules.photos import distance_from_farm
from backend.certification.quality.scrub import Scrubber
from backend.certification.requirements import required_documents, required_photos


def redact(form: ApplicationForm, as_of: date, policy: Policy | None = None) -> dict[str, Any]:
    """The form as facts in JSON, built up from what may be told rather than cut down from what must not.

    The national ID is told as ID_PRESENT_VALID, ID_PRESENT_INVALID or ID_MISSING; a position as the district and the
    distances of the photos; a name as a role. Free texts are scrubbed.
    """
    case = Case(form, as_of, policy or Policy.in_force(as_of))
    facts: dict[str, Any] = _scrubbed(_facts(case), Scrubber(form, case.quality.name_similarity))
    return facts


def _facts(case: Case) -> dict[str, Any]:
    form = case.form
    return {
        "asOf": case.as_of.isoformat(),
        "requestType": form.request_type,
        "certificationScopes": form.certification_scopes,
        "purposes": form.purposes,
        "applicant": _applicant(form.applicant),
        "farm": _farm(form.farm),
        "crops": [_told(crop) for crop in form.crops],
        "practices": _told(form.practices),
        "sopSections": form.sop_sections,
        "selfAssessment": {name: _told(said) for name, said in form.self_assessment.items() if name in case.quality.category_evidence},
        "documents": [_document(document, form.applicant) for document in case.documents.values()],
        "photos": [_photo(photo, case) for photo in form.photos],
        "required": {"documents": required_documents(form, case.policy), "photos": dict(required_photos(form, case.policy))},
        "licences": [{"kind": licence.kind, "form": licence.form, "status": licence.status} for licence in form.licenses],
        "certificatesHeld": form.history.certificates_held,
        "notes": form.notes,
    }


def _applicant(applicant: Applicant) -> dict[str, Any]:
    return {
        "type": applicant.type,
        "nationalId": _id_status(applicant.person_id),
        "registrationNumber": "PRESENT" if applicant.registration_number else "MISSING",
        "phone": "PRESENT" if applicant.phone else "MISSING",
        "district": applicant.address.district,
        "province": applicant.address.province,
        "memberCount": applicant.member_count,
        "filedByAttorney": bool(applicant.filed_by_attorney),
    }


def _id_status(number: str | None) -> str:
    if not number:
        return "ID_MISSING"
    return "ID_PRESENT_VALID" if is_national_id(number) else "ID_PRESENT_INVALID"


def _farm(farm: Farm) -> dict[str, Any]:
    lease = known(farm.land.lease_ends_on)
    return {
        "district": farm.address.district,
        "province": farm.address.province,
        "area": _area(farm.area),
        "cultivatedArea": _area(farm.cultivated_area),
        "areaTypes": farm.area_types,
        "tenure": farm.land.tenure,
        "landDocumentType": farm.land.document_type,
        "leaseEndsOn": lease.isoformat() if lease else None,
        "landHistory": _told(farm.land_history),
        "soil": _told(farm.soil),
        "water": _told(farm.water),
        "description": farm.description,
    }


def _area(area: Area) -> str | None:
    return None if area.is_blank else str(area)


def _document(document: DocumentFacts, applicant: Applicant) -> dict[str, Any]:
    issued, expires = known(document.issued_on), known(document.expires_on)
    facts = {
        "slot": document.slot,
        "mime": document.mime,
        "sizeBytes": document.size_bytes,
        "legibility": document.legibility,
        "issuedOn": issued.isoformat() if issued else None,
        "expiresOn": expires.isoformat() if expires else None,
        "labResult": document.lab_result,
        "areaOnDocument": _area(document.area_on_document),
        "nameOnDocument": "PRESENT" if document.name_on_document else None,
        "numberOnDocument": _number_status(document, applicant),
    }
    return {key: value for key, value in facts.items() if value is not None}


def _number_status(document: DocumentFacts, applicant: Applicant) -> str | None:
    if not document.number_on_document:
        return None
    if document.slot != "ID_CARD":
        return "PRESENT"
    return "SAME_AS_FORM" if digits_of(document.number_on_document) == digits_of(applicant.person_id) else "DIFFERS_FROM_FORM"


def _photo(photo: PhotoFacts, case: Case) -> dict[str, Any]:
    distance, taken = distance_from_farm(photo, case), known(photo.taken_on)
    facts = {
        "slot": photo.slot,
        "width": photo.width,
        "height": photo.height,
        "sharpness": photo.sharpness,
        "takenOn": taken.isoformat() if taken else None,
        "kmFromFarm": round(distance, 1) if distance is not None else None,
    }
    return {key: value for key, value in facts.items() if value is not None}


def _told(part: Part) -> dict[str, Any]:
    return part.model_dump(mode="json", by_alias=True, exclude_none=True)


def _scrubbed(value: Any, scrubber: Scrubber) -> Any:
    if isinstance(value, str):
        return scrubber.clean(value)
    if isinstance(value, dict):
        return {key: _scrubbed(inner, scrubber) for key, inner in value.items()}
    if isinstance(value, list):
        return [_scrubbed(inner, scrubber) for inner in value]
    return value
