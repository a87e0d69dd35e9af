"""`qc.completed`: what the preliminary check found, in plain words, also where it could not be done."""

from backend.certification.labels import Label, label
from backend.certification.letters.content import Content, Item, Passage
from backend.certification.letters.facts import LetterFacts
from backend.certification.quality.result import COMPLETED, SKIPPED, Issue, QcResult

_PRELIMINARY = Label(
    "ผลนี้เป็นผลเบื้องต้น ไม่ใช่คำตัดสิน เจ้าหน้าที่จะตรวจเอกสารของท่านทุกฉบับ",
    "This is a preliminary result, not a decision: an officer checks every document.",
)
_ON_SITE = Label("เราจัดให้ตรวจ ณ สถานที่ ท่านไม่เสียสิทธิใด ๆ", "We arrange an on-site inspection. You lose no right.")


def checked(facts: LetterFacts) -> Content:
    result = facts.application.ai_qc
    status = facts.application.qc_status
    if result is None or status == SKIPPED:
        th, en = _skipped(facts.number)
    elif status == COMPLETED:
        th, en = _completed(facts.number, result)
    else:
        th, en = _degraded(facts.number)
    return Content(
        subject_th=f"[GACP DTAM] ผลตรวจเบื้องต้นคำขอ {facts.number}",
        subject_en=f"Preliminary check of {facts.number}",
        th=th,
        en=en,
    )


def _completed(number: str, result: QcResult) -> tuple[Passage, Passage]:
    inspection = label("inspection", result.inspection_type)
    issues = [issue for issue in result.issues if issue.visible_to_applicant]
    score = f"{result.overall_score:.1f}" if result.overall_score is not None else "–"
    th = Passage(
        happened=f"การตรวจเบื้องต้นของคำขอ {number} เสร็จแล้ว ได้ {score} จาก 100 คะแนน และเสนอให้{inspection.th}",
        to_do=_to_do(issues).th,
        heading="สิ่งที่ตรวจพบ" if issues else "",
        items=tuple(Item(issue.message_th or issue.code, issue.how_to_fix_th) for issue in issues),
        notes=(_PRELIMINARY.th,),
    )
    en = Passage(
        happened=f"The preliminary check of application {number} is finished: {score} of 100 points; proposed: {inspection.en.lower()}.",
        to_do=_to_do(issues).en,
        heading="What was found" if issues else "",
        items=tuple(Item(issue.message_en or issue.code, issue.how_to_fix_en) for issue in issues),
        notes=(_PRELIMINARY.en,),
    )
    return th, en


def _to_do(issues: list[Issue]) -> Label:
    if not issues:
        return Label("ท่านยังไม่ต้องทำอะไร เจ้าหน้าที่จะตรวจเอกสารต่อไป", "You need not do anything: an officer checks the documents next.")
    return Label(
        "ท่านยังไม่ต้องส่งอะไรเพิ่ม โปรดอ่านรายการด้านล่างและเตรียมไว้ หากต้องแก้ไข เจ้าหน้าที่จะแจ้งรายการทั้งหมดพร้อมวันครบกำหนดในครั้งเดียว",
        "You need not send anything yet. Please read the list below and prepare: if something has to be changed, an officer will send "
        "one complete list with a due date.",
    )


def _degraded(number: str) -> tuple[Passage, Passage]:
    th = Passage(
        happened=f"ระบบตรวจเบื้องต้นอัตโนมัติทำงานได้ไม่ครบถ้วนสำหรับคำขอ {number} เจ้าหน้าที่จึงรับคำขอของท่านไปตรวจโดยตรง",
        to_do=f"ท่านไม่ต้องทำอะไร {_ON_SITE.th}",
        notes=(_PRELIMINARY.th,),
    )
    en = Passage(
        happened=f"The automatic check of application {number} could not be completed, so an officer takes it over directly.",
        to_do=f"You need not do anything. {_ON_SITE.en}",
        notes=(_PRELIMINARY.en,),
    )
    return th, en


def _skipped(number: str) -> tuple[Passage, Passage]:
    th = Passage(
        happened=f"คำขอ {number} ไม่ต้องตรวจเบื้องต้น เจ้าหน้าที่กำลังตรวจเอกสาร",
        to_do="ท่านไม่ต้องทำอะไร เราจะแจ้งผลให้ท่านทราบ",
    )
    en = Passage(
        happened=f"Application {number} needs no preliminary check; an officer is checking the documents.",
        to_do="You need not do anything. We will tell you the result.",
    )
    return th, en
