"""`application.submitted`: we have your application, and you need not do anything now."""

from backend.certification.letters.content import Content, Passage
from backend.certification.letters.facts import LetterFacts
from backend.certification.thai_dates import english_day, thai_day, thai_time

_DEPARTMENT_TH = "กรมการแพทย์แผนไทยและการแพทย์ทางเลือก"
_DEPARTMENT_EN = "The Department of Thai Traditional and Alternative Medicine"


def submitted(facts: LetterFacts) -> Content:
    application, number = facts.application, facts.number
    at = application.submitted_at or application.status_since
    again = len(application.revisions)
    what_th = f"คำขอที่แก้ไขแล้ว (ครั้งที่ {again})" if again else "คำขอรับรองมาตรฐาน GACP"
    what_en = f"your corrected application (round {again})" if again else "your application for GACP certification"
    next_th, next_en = _next(facts)
    return Content(
        subject_th=f"[GACP DTAM] ได้รับคำขอ {number} แล้ว",
        subject_en=f"We received application {number}",
        th=Passage(
            happened=f"{_DEPARTMENT_TH} ได้รับ{what_th} เลขที่ {number} ของท่านแล้ว เมื่อ{thai_day(at)} เวลา {thai_time(at)}",
            to_do=f"ขณะนี้ท่านยังไม่ต้องทำอะไร {next_th}",
        ),
        en=Passage(
            happened=f"{_DEPARTMENT_EN} received {what_en}, number {number}, on {english_day(at)}.",
            to_do=f"You need not do anything now. {next_en}",
        ),
    )


def _next(facts: LetterFacts) -> tuple[str, str]:
    if facts.application.is_replacement:
        return "เจ้าหน้าที่จะตรวจเอกสารและแจ้งผลให้ท่านทราบ", "An officer will check the documents and tell you the result."
    return (
        "ระบบกำลังตรวจคำขอเบื้องต้น เราจะแจ้งผลให้ท่านทราบทางอีเมลเมื่อตรวจเสร็จ",
        "A preliminary check is running; we will write to you when it is finished.",
    )
