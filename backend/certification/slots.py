"""Slots: one slot is one requirement, filled by a document or by photos."""

from backend.certification.file_types import Kind
from backend.certification.policy import Policy
from backend.errors import FieldError, InvalidInput


def kind_of(slot: str, policy: Policy) -> Kind:
    """Whether a slot takes a document or photos; raises InvalidInput for a slot that the policy does not know."""
    rules = policy.requirements
    if slot in {rule.slot for rule in rules.photos} | set(rules.optional_photos):
        return "photo"
    documents = {name for rule in rules.documents for name in rule.slot.split("|")} | set(rules.optional_documents)
    if slot in documents:
        return "document"
    message = f"ไม่มีช่องเอกสาร {slot} / There is no slot {slot}: use one of those that the check of your application names."
    raise InvalidInput(errors=(FieldError("slot", message, "SLOT_UNKNOWN"),))
