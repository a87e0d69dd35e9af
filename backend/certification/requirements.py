"""What an application needs before it can be submitted: fields, documents and photos (domain.md b.5)."""

from collections.abc import Iterable
from typing import Any

from backend.certification.circumstances import circumstances, holds
from backend.certification.form import ApplicationForm
from backend.certification.paths import is_blank, values_at
from backend.certification.policy import Policy
from backend.certification.policy_tables import FieldRule


def required_fields(form: ApplicationForm, policy: Policy) -> list[str]:
    """The paths that have to be filled in, such as `applicant.phone` or `crops.0.herbCode`."""
    return [path for path, _ in _required_values(form, policy)]


def missing_fields(form: ApplicationForm, policy: Policy) -> list[str]:
    """Those of the required fields that are empty."""
    return [path for path, value in _required_values(form, policy) if is_blank(value)]


def _required_values(form: ApplicationForm, policy: Policy) -> list[tuple[str, Any]]:
    true = circumstances(form, policy)
    rules = [rule for rule in policy.requirements.fields if holds(rule.when, true)]
    found = [pair for rule in rules for path, part in _parts(form, rule) for field in rule.fields for pair in values_at(part, field, path)]
    return list(dict(found).items())


def _parts(form: ApplicationForm, rule: FieldRule) -> Iterable[tuple[str, Any]]:
    """The parts that need the rule's fields, each with its path: the form itself, or every item of a list."""
    return [("", form)] if rule.each is None else values_at(form, f"{rule.each}.*")


def required_documents(form: ApplicationForm, policy: Policy) -> list[str]:
    """The slots that need a document; `A|B` means that either will do."""
    true = circumstances(form, policy)
    return list(dict.fromkeys(rule.slot for rule in policy.requirements.documents if holds(rule.when, true)))


def missing_documents(form: ApplicationForm, policy: Policy) -> list[str]:
    """The required slots without any document."""
    present = form.current_documents()
    return [slot for slot in required_documents(form, policy) if not any(name in present for name in slot.split("|"))]


def required_photos(form: ApplicationForm, policy: Policy) -> list[tuple[str, int]]:
    """The slots that need photos, each with how many."""
    true = circumstances(form, policy)
    return [(rule.slot, rule.count) for rule in policy.requirements.photos if holds(rule.when, true)]


def missing_photos(form: ApplicationForm, policy: Policy) -> list[tuple[str, int, int]]:
    """The slots with too few photos, as (slot, required, present)."""
    present = [photo.slot for photo in form.photos]
    needed = [(slot, count, present.count(slot)) for slot, count in required_photos(form, policy)]
    return [(slot, count, there) for slot, count, there in needed if there < count]
