"""`status-change.revision`: what has to be put right and until when, once and in one list (Licensing Facilitation Act 2558)."""

from backend.certification.letters.content import Content, Item, Passage
from backend.certification.letters.facts import LetterFacts
from backend.certification.messages.texts import name_of
from backend.certification.thai_dates import english_date, english_day, english_time, thai_date, thai_day, thai_time
from backend.errors import Conflict


def revision(facts: LetterFacts) -> Content:
    """Raises Conflict where no revision is asked for."""
    asked = facts.application.revision
    if asked is None:
        raise Conflict("No revision is asked for any more")
    number, due, count = facts.number, asked.due_at, len(asked.items)
    things = "1 item" if count == 1 else f"{count} items"
    named = [(name_of(item.path, facts.application.form), item.reason) for item in asked.items]
    return Content(
        subject_th=f"[GACP DTAM] โปรดแก้ไขคำขอ {number} ภายในวันที่ {thai_date(due)}",
        subject_en=f"Please revise {number} by {english_date(due)}",
        th=Passage(
            happened=f"เจ้าหน้าที่ตรวจเอกสารคำขอ {number} แล้ว มี {count} รายการที่ต้องแก้ไข (ครั้งที่ {asked.round})",
            to_do=f"โปรดแก้ไขทุกรายการแล้วส่งคำขอกลับภายใน{thai_day(due)} เวลา {thai_time(due)}",
            heading=f"รายการที่ต้องแก้ไขทั้งหมด {count} รายการ",
            items=tuple(Item(name.th, reason) for name, reason in named),
            notes=tuple(note for note in (asked.comment, "รายการข้างต้นครบถ้วนแล้วสำหรับการขอแก้ไขครั้งนี้") if note),
        ),
        en=Passage(
            happened=f"An officer has checked application {number}: {things} to revise (round {asked.round}).",
            to_do=f"Please revise every item and send the application again by {english_day(due)}, {english_time(due)}.",
            heading=f"The complete list: {things}",
            items=tuple(Item(name.en, reason) for name, reason in named),
            notes=("This list is complete for this request.",),
        ),
    )
