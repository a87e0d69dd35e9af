"""The checks between an allowed event and its transition, by the names that the table of states uses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.certification.revision import MAX_ROUNDS, RevisionItem
from backend.errors import Conflict, FieldError, InvalidInput

MIN_COMMENT = 10  # characters


@dataclass(frozen=True)
class Evidence:
    """All that a guard may look at; each use case fills in what its transition asks for.

    `findings` of None means that nobody validated the form, which is not the same as "nothing found".
    """

    findings: tuple[FieldError, ...] | None = None
    items: tuple[RevisionItem, ...] = ()
    comment: str = ""
    rounds_so_far: int = 0
    now: datetime | None = None
    due_at: datetime | None = None
    waiting_since: datetime | None = None
    patience: timedelta = timedelta(minutes=15)


Guard = Callable[[Evidence], None]


def check(names: tuple[str, ...], evidence: Evidence) -> None:
    """Run the guards in order; raises InvalidInput or Conflict. A guard that nobody has written refuses."""
    for name in names:
        GUARDS.get(name, _not_written)(evidence)


def _not_written(_evidence: Evidence) -> None:
    raise Conflict("ขั้นตอนนี้ยังไม่เปิดใช้ / This step is not open yet.")


def _form_is_valid(evidence: Evidence) -> None:
    if evidence.findings is None:
        raise Conflict("ยังไม่ได้ตรวจแบบคำขอ / The form has not been validated.")
    if evidence.findings:
        raise InvalidInput(
            f"คำขอยังไม่ครบ {len(evidence.findings)} จุด / {len(evidence.findings)} things have to be put right first.",
            errors=evidence.findings,
        )


def _items_with_reasons(evidence: Evidence) -> None:
    if not evidence.items:
        raise _invalid("items", "ระบุอย่างน้อยหนึ่งรายการ / Name at least one thing to put right.", "ITEMS_MISSING")
    without = [index for index, item in enumerate(evidence.items) if not item.reason]
    if without:
        message = "บอกเหตุผลของแต่ละรายการ / Give a reason for each item."
        raise InvalidInput(errors=tuple(FieldError(f"items.{index}.reason", message, "REASON_MISSING") for index in without))


def _comment(evidence: Evidence) -> None:
    if len(evidence.comment.strip()) < MIN_COMMENT:
        message = f"เขียนความเห็นอย่างน้อย {MIN_COMMENT} ตัวอักษร / Write a comment of at least {MIN_COMMENT} characters."
        raise _invalid("comment", message, "COMMENT_TOO_SHORT")


def _rounds_left(evidence: Evidence) -> None:
    if evidence.rounds_so_far >= MAX_ROUNDS:
        raise Conflict(f"ขอแก้ไขครบ {MAX_ROUNDS} รอบแล้ว / The application was sent back {MAX_ROUNDS} times already.")


def _due_date(evidence: Evidence) -> None:
    if evidence.due_at is None or evidence.now is None or evidence.due_at <= evidence.now:
        raise _invalid("dueOn", "กำหนดวันครบกำหนดในอนาคต / The due date has to lie in the future.", "DUE_DATE_INVALID")


def _waited_too_long(evidence: Evidence) -> None:
    if evidence.waiting_since is None or evidence.now is None or evidence.now - evidence.waiting_since <= evidence.patience:
        raise Conflict("การตรวจยังดำเนินอยู่ / The quality check may still be running.")


def _invalid(field: str, message: str, code: str) -> InvalidInput:
    return InvalidInput(errors=(FieldError(field, message, code),))


GUARDS: dict[str, Guard] = {
    "form_is_valid": _form_is_valid,
    "items_with_reasons": _items_with_reasons,
    "comment": _comment,
    "rounds_left": _rounds_left,
    "due_date": _due_date,
    "waited_too_long": _waited_too_long,
}
