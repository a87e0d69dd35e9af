"""A notice in words, Thai and English: what e-mail and chat have in common."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.certification.thai_dates import english_moment, thai_moment

SHOWN = 20
"""So many alerts of one notice are told in full; how many more there are is said."""
_SEVERITIES = {"warning": ("เตือน", "WARNING"), "high": ("สำคัญ", "HIGH"), "critical": ("วิกฤต", "CRITICAL")}
_RESOLVED = ("สิ้นสุดแล้ว", "RESOLVED")
_HEADINGS = {
    "news": ("การแจ้งเตือน", "Alert"),
    "repeat": ("ยังคงอยู่", "Still firing"),
    "escalation": ("ยกระดับ: ยังไม่มีผู้รับเรื่อง", "Escalated: nobody has acknowledged it"),
    "test": ("ทดสอบการแจ้งเตือน", "Test of the alerts"),
}
TEST = ("ข้อความนี้เป็นการทดสอบ ไม่มีเหตุผิดปกติ", "This message is a test: nothing is wrong.")


@dataclass(frozen=True)
class Passage:
    """One alert in words; `lines` go on below `heading`."""

    heading: str
    lines: Sequence[str]


def subject(notice: Mapping[str, Any]) -> str:
    """One line: how bad, where, what, and how many more."""
    alerts = notice["alerts"]
    if not alerts:
        return f"[GACP] {' / '.join(_HEADINGS['test'])}"
    first, more = alerts[0], f" (+{len(alerts) - 1})" if len(alerts) > 1 else ""
    thai, english = _RESOLVED if first["state"] == "resolved" else _SEVERITIES[first["severity"]]
    escalated = "ESCALATED " if notice["kind"] == "escalation" else ""
    return f"[GACP] {escalated}{thai} {english} · {notice['group']['label']}: {first['titleTh']} / {first['title']}{more}"


def heading(notice: Mapping[str, Any]) -> str:
    thai, english = _HEADINGS[notice["kind"]]
    return f"{thai} / {english}"


def passages(notice: Mapping[str, Any]) -> list[Passage]:
    """The alerts of the notice, the first of them in full."""
    alerts = notice["alerts"]
    shown = [_passage(alert, notice["link"]) for alert in alerts[:SHOWN]]
    if not alerts:
        return [Passage(TEST[0], [TEST[1]])]
    if len(alerts) > SHOWN:
        shown.append(Passage(f"และอีก {len(alerts) - SHOWN} รายการ / and {len(alerts) - SHOWN} more", ["gacp alerts list"]))
    return shown


def _passage(alert: Mapping[str, Any], link: str) -> Passage:
    thai, english = _RESOLVED if alert["state"] == "resolved" else _SEVERITIES[alert["severity"]]
    return Passage(f"{thai} {english}: {alert['titleTh']} / {alert['title']}", list(_lines(alert, link)))


def _lines(alert: Mapping[str, Any], link: str) -> Iterator[str]:
    yield alert["messageTh"]
    yield alert["message"]
    yield f"เริ่ม {thai_moment(alert['since'])} / since {english_moment(alert['since'])}"
    if alert["resolvedAt"]:
        yield f"สิ้นสุด {thai_moment(alert['resolvedAt'])} / resolved {english_moment(alert['resolvedAt'])}"
    if alert["flapping"]:
        yield "เกิดซ้ำแล้วหาย จะแจ้งน้อยลง / flapping: told less often from now on"
    if alert["context"].get("recentJobId"):
        yield f"งานล่าสุด / newest job {alert['context']['recentJobId']}: {alert['context'].get('error') or '-'}"
    yield f"แนวทางแก้ไข / runbook {alert['runbook']} · {link}"
    yield f"รับเรื่อง / acknowledge: gacp alerts ack {alert['id']}"
