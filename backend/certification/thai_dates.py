"""Dates and times as people in Thailand read them: Asia/Bangkok, Buddhist era (CE + 543), and the English beside it."""

from datetime import date, datetime

from backend.clock import BANGKOK, bangkok_date, from_iso, require_aware

BUDDHIST_ERA = 543

THAI_MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
THAI_MONTHS_SHORT = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
THAI_WEEKDAYS = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์")
# Not strftime: its names follow the machine's locale.
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
ENGLISH_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day_of(when: date | datetime | str) -> date:
    """The calendar day in Thailand of a day, an aware time, or either in ISO 8601; raises ValueError for anything else."""
    if isinstance(when, str):
        when = from_iso(when) if "T" in when else date.fromisoformat(when)
    return bangkok_date(when) if isinstance(when, datetime) else when


def buddhist_year(when: date | datetime | str) -> int:
    """The year as Thais count it, such as 2569."""
    return day_of(when).year + BUDDHIST_ERA


def thai_date(when: date | datetime | str) -> str:
    """`2 พ.ย. 2569`."""
    day = day_of(when)
    return f"{day.day} {THAI_MONTHS_SHORT[day.month - 1]} {buddhist_year(day)}"


def thai_day(when: date | datetime | str) -> str:
    """`วันจันทร์ที่ 2 พฤศจิกายน 2569`."""
    day = day_of(when)
    return f"วัน{THAI_WEEKDAYS[day.weekday()]}ที่ {day.day} {THAI_MONTHS[day.month - 1]} {buddhist_year(day)}"


def thai_time(at: datetime | str) -> str:
    """`09.30 น.`."""
    local = _local(at)
    return f"{local:%H.%M} น."


def thai_moment(at: datetime | str) -> str:
    """`2 พ.ย. 2569 09.30 น.`."""
    return f"{thai_date(at)} {thai_time(at)}"


def english_date(when: date | datetime | str) -> str:
    """`2 Nov 2026`."""
    day = day_of(when)
    return f"{day.day} {ENGLISH_MONTHS[day.month - 1][:3]} {day.year}"


def english_day(when: date | datetime | str) -> str:
    """`Monday 2 November 2026`."""
    day = day_of(when)
    return f"{ENGLISH_WEEKDAYS[day.weekday()]} {day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}"


def english_moment(at: datetime | str) -> str:
    """`2 Nov 2026, 09:30`."""
    return f"{english_date(at)}, {english_time(at)}"


def english_time(at: datetime | str) -> str:
    """`09:30`."""
    return f"{_local(at):%H:%M}"


def _local(at: datetime | str) -> datetime:
    moment = from_iso(at) if isinstance(at, str) else require_aware(at)
    return moment.astimezone(BANGKOK)
