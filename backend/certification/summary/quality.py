"""The preliminary check on paper: scores, what was found, and why this form of inspection was proposed."""

from collections.abc import Iterator, Sequence

from backend.certification.labels import LABELS, Label, label
from backend.certification.messages.texts import name_of
from backend.certification.quality.result import FAILED, Issue, QcResult
from backend.certification.summary.blocks import Block, cell, fact, fact_if, facts, note, section, table
from backend.certification.summary.subject import Subject, day

PRELIMINARY = note(
    "ผลเบื้องต้น ไม่ใช่คำตัดสิน เจ้าหน้าที่เป็นผู้ตรวจเอกสารและผู้มีอำนาจเป็นผู้พิจารณารับรองทุกคำขอ",
    "Preliminary, not a decision. Officers check every application, and an authorised person decides.",
    tone="notice",
)
AUDIENCES = {"APPLICANT": "ผู้ยื่นคำขอ", "REVIEWER": "ผู้ตรวจเอกสาร", "INSPECTOR": "ผู้ตรวจประเมิน"}


def quality_section(subject: Subject) -> Block:
    status = facts([fact("สถานะ", "Status", label("qcStatus", subject.application.qc_status))])
    result = subject.application.ai_qc
    blocks = _result(subject, result) if result else [status]
    return section("quality", "ผลการตรวจเบื้องต้น (AI QC)", "AI quality check", [PRELIMINARY, *blocks])


def shown_issues(subject: Subject, result: QcResult) -> list[Issue]:
    """What this reader may see: suspicions are for officers alone (domain.md d.1)."""
    return [issue for issue in result.issues if subject.for_officers or issue.visible_to_applicant]


def shown_reasons(subject: Subject, result: QcResult) -> list[Label]:
    """Why the inspection has this form; a reason that comes from a hidden issue is hidden with it."""
    shown = {issue.code for issue in shown_issues(subject, result)}
    hidden = {issue.code for issue in result.issues} - shown
    return [label("decisionReason", code) for code in result.decision_reasons if code.rpartition(":")[2] not in hidden]


def _result(subject: Subject, result: QcResult) -> Iterator[Block]:
    yield facts(_facts(subject, result))
    if result.dimension_scores:
        yield _scores(result)
    if result.overall_score is None or result.status == FAILED:
        return
    yield from _issues(subject, result)
    yield from _gaps(subject, result)
    yield from _recommendations(subject, result)


def _facts(subject: Subject, result: QcResult) -> Iterator[Block]:
    yield fact("สถานะ", "Status", label("qcStatus", subject.application.qc_status))
    yield from fact_if("รูปแบบการตรวจที่เสนอ", "Proposed inspection", label("inspection", result.inspection_type))
    yield from fact_if("เหตุผล", "Reasons", _joined(shown_reasons(subject, result), "; "))
    yield from fact_if("ตรวจโดย", "Reviewed by", label("reviewedBy", result.reviewer))
    yield from fact_if("ข้อมูล ณ วันที่", "As of", day(result.as_of))
    if subject.for_officers:
        editions = (result.ruleset, result.model, result.prompt_version)
        yield from fact_if("เกณฑ์และรุ่น", "Ruleset, model", " · ".join(item for item in editions if item))
        yield from fact_if("รหัสการตรวจ", "Run", result.run_id)


def _scores(result: QcResult) -> Block:
    bars = [
        {"text": name.th, "note": name.en, "score": result.dimension_scores[code], "shown": f"{result.dimension_scores[code]:.1f}"}
        for code, name in LABELS["dimension"].items()
        if code in result.dimension_scores
    ]
    overall = "–" if result.overall_score is None else f"{result.overall_score:.1f}"
    return {"kind": "scores", "overall": overall, "grade": result.grade or "–", "bars": bars}


def _issues(subject: Subject, result: QcResult) -> Iterator[Block]:
    shown = shown_issues(subject, result)
    yield note(f"ประเด็นที่พบ {len(shown)} รายการ", f"Issues found: {len(shown)}", tone="heading")
    columns = (("ระดับ", "Severity", 1.2), ("ประเด็น", "Issue", 5.0), ("วิธีแก้ไข", "How to put it right", 3.6))
    if shown:
        cures = [Label(issue.how_to_fix_th, issue.how_to_fix_en) for issue in shown]
        rows = [(label("severity", issue.severity), _issue(subject, issue), cure) for issue, cure in zip(shown, cures, strict=True)]
        yield table(columns, rows)


def _issue(subject: Subject, issue: Issue) -> Block:
    text = Label(issue.message_th or issue.code, issue.message_en)
    return cell(text, small=f"{issue.code} · {issue.path}" if subject.for_officers else "")


def _gaps(subject: Subject, result: QcResult) -> Iterator[Block]:
    documents = [name_of(f"documents.{item['slot']}") for item in result.missing_documents]
    photos = [_photo(name_of(f"photos.{item['slot']}"), f"{item['present']}/{item['required']}") for item in result.missing_photos]
    unchecked = [name_of(code) for code in result.checks_not_performed] if subject.for_officers else []
    rows = [
        *fact_if("เอกสารที่ขาด", "Missing documents", _joined(documents)),
        *fact_if("ภาพถ่ายที่ขาด", "Missing photos", _joined(photos)),
        *fact_if("ยังไม่ได้ตรวจ", "Checks not performed", _joined(unchecked)),
    ]
    if rows:
        yield facts(rows)


def _photo(name: Label, has: str) -> Label:
    return Label(f"{name.th} ({has})", f"{name.en} ({has})")


def _recommendations(subject: Subject, result: QcResult) -> Iterator[Block]:
    shown = [item for item in result.recommendations if subject.for_officers or item.get("audience") == "APPLICANT"]
    if shown:
        yield note("ข้อแนะนำ", "Recommendations", tone="heading")
    for item in shown:
        to = f"{AUDIENCES[item['audience']]}: " if subject.for_officers and item.get("audience") in AUDIENCES else ""
        yield note(f"• {to}{item.get('textTh', '')}", item.get("textEn", ""))


def _joined(names: Sequence[Label], separator: str = ", ") -> Label:
    return Label(separator.join(name.th for name in names), separator.join(name.en for name in names))
