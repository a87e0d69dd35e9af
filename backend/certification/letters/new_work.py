"""`new-application`: officers learn of an application that is ready for them; no name or number of a person stands in it."""

from backend.certification.labels import label
from backend.certification.letters.content import Content, Passage
from backend.certification.letters.facts import LetterFacts


def new_work(facts: LetterFacts) -> Content:
    application, number, herbs = facts.application, facts.number, facts.herbs
    proposed = label("inspection", application.inspection_type)
    kind_th = proposed.th or label("requestType", application.form.request_type).th
    kind_en = proposed.en or label("requestType", application.form.request_type).en
    return Content(
        subject_th=f"[GACP DTAM] คำขอใหม่ {number} ({herbs.th}, {facts.province}) – {kind_th}",
        subject_en=f"New application {number}",
        th=Passage(
            happened=f"คำขอ {number} ({herbs.th}, จังหวัด{facts.province}) ผ่านขั้นตรวจเบื้องต้นแล้ว รูปแบบที่เสนอ: {kind_th}",
            to_do="โปรดเปิดคำขอเพื่อตรวจเอกสาร",
        ),
        en=Passage(
            happened=f"Application {number} ({herbs.en}, {facts.province}) is ready for document review; proposed: {kind_en.lower()}.",
            to_do="Please open it and check the documents.",
        ),
    )
