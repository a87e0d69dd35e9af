"""What a report is about: one application, its readers, and how its figures are written for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from backend.certification.application import Application
from backend.certification.area import Area
from backend.certification.form import Address, ApplicationForm
from backend.certification.labels import Label
from backend.certification.ports import Appointment
from backend.certification.thai_dates import english_date, english_moment, thai_date, thai_moment

Variant = Literal["applicant", "officer"]


@dataclass(frozen=True)
class Subject:
    """One application as a report sees it; `herb` names a herb code in Thai and in Latin."""

    application: Application
    appointments: Sequence[Appointment]
    variant: Variant
    herb: Callable[[str], Label]

    @property
    def form(self) -> ApplicationForm:
        return self.application.form

    @property
    def for_officers(self) -> bool:
        return self.variant == "officer"

    def identifier(self, number: str | None) -> str | None:
        """A 13-digit number in its groups, for applicants with the last three digits only (domain.md b.2)."""
        digits = "".join(char for char in number or "" if char.isdigit())
        if len(digits) != 13:
            return number if self.for_officers or len(digits) < 10 else "x" * (len(digits) - 3) + digits[-3:]
        shown = digits if self.for_officers else "x" * 10 + digits[10:]
        return f"{shown[0]}-{shown[1:5]}-{shown[5:10]}-{shown[10:12]}-{shown[12]}"


def day(value: date | str | None) -> Label | None:
    """A date of the form; what could not be read as one is shown as it was typed."""
    if isinstance(value, date):
        return Label(thai_date(value), english_date(value))
    return Label(value, value) if value else None


def moment(at: datetime | str | None) -> Label | None:
    """A time, as such or in ISO 8601."""
    return Label(thai_moment(at), english_moment(at)) if at else None


def number(value: float | None) -> str:
    """`12,500` or `6.1`."""
    return "" if value is None else f"{value:,.10g}"


def area(value: Area) -> Label | None:
    """`6-2-40 ไร่ (10,560 ตร.ม.)`."""
    if value.is_blank:
        return None
    metres = f"{value.square_metres.normalize():,f}"
    return Label(f"{value} ({metres} ตร.ม.)", f"{metres} m²")


def address(value: Address) -> str:
    """In one line, with the words of the capital for Bangkok."""
    bangkok = value.province in {"กรุงเทพมหานคร", "กรุงเทพฯ"}
    subdistrict, district, province = ("แขวง", "เขต", "") if bangkok else ("ต.", "อ.", "จ.")
    parts = (
        value.line,
        value.subdistrict and subdistrict + value.subdistrict,
        value.district and district + value.district,
        value.province and province + value.province,
        value.postal_code,
    )
    return " ".join(part for part in parts if part)
