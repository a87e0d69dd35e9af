"""What the audit trail notes for machines beside an event, in words: verdicts, variants of a report, parts of the form."""

from backend.certification.form import ApplicationForm
from backend.certification.history import HistoryEntry
from backend.certification.labels import LABELS, Label, label
from backend.certification.messages.texts import name_of
from backend.certification.summary.blocks import Words

_CHECKED = frozenset({"qc_finished", "qc_degraded", "qc_failed"})
_EDITED = frozenset({"edit", "upload", "remove"})
_NOTES = {"sweep": Label("ไม่มีการตรวจที่กำลังทำอยู่", "no check was running")}
_ON_BEHALF = "on behalf of "


def reason_words(entry: HistoryEntry, form: ApplicationForm) -> Words:
    """The reason of an entry as people read it; what people wrote themselves stays as they wrote it."""
    if not entry.reason:
        return None
    if entry.event in _CHECKED:
        return _joined([_verdict(code) for code in entry.reason.split()])
    if entry.event in _EDITED:
        return _joined([name_of(path, form) for path in entry.reason.split(", ")])
    if entry.event == "report_made":
        return label("reportVariant", entry.reason)
    if entry.event == "create" and entry.reason.startswith(_ON_BEHALF):
        return Label("แทนผู้ยื่นคำขอ", "on behalf of the applicant")
    return _NOTES.get(entry.event, entry.reason)


def _verdict(code: str) -> Label:
    """Who checked, and the kind of inspection or the status that came of it: codes of three tables, none in two of them."""
    known = (LABELS[group][code] for group in ("reviewedBy", "inspection", "qcStatus") if code in LABELS[group])
    return next(known, Label(code, code))


def _joined(labels: list[Label]) -> Label:
    unique = list(dict.fromkeys(labels))
    return Label(" · ".join(item.th for item in unique), " · ".join(item.en for item in unique))
