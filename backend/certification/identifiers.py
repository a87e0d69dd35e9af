"""Numbers that identify people, companies and places, and whether they are well formed (domain.md b.3)."""

import re

_NATIONAL = re.compile(r"[1-8]\d{12}", re.ASCII)
_JURISTIC = re.compile(r"0\d{12}", re.ASCII)
_COMMUNITY_ENTERPRISE = re.compile(r"[0-9\-/ .]{8,30}")
_PHONE = re.compile(r"0[689]\d{8}|0[23457]\d{7}", re.ASCII)
_POSTAL_CODE = re.compile(r"[1-9]\d{4}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_LONGEST_EMAIL = 254


def digits_of(text: str | None) -> str:
    """The ASCII digits alone, for comparing numbers that people space differently."""
    return re.sub(r"[^0-9]", "", text or "")


def compact(text: str) -> str:
    """Without the spaces and dashes that people put between digits."""
    return re.sub(r"[ \-]", "", text)


def is_national_id(text: str) -> bool:
    """13 digits, the first 1 to 8, with a right check digit."""
    number = compact(text)
    return _NATIONAL.fullmatch(number) is not None and _check_digit(number) == int(number[12])


def is_juristic_id(text: str) -> bool:
    """13 digits that begin with 0; the check digit is that of the national ID."""
    number = compact(text)
    return _JURISTIC.fullmatch(number) is not None and _check_digit(number) == int(number[12])


def is_community_enterprise_id(text: str) -> bool:
    """8 to 30 characters of digits, dashes, slashes, spaces and dots, at least 8 of them digits."""
    return _COMMUNITY_ENTERPRISE.fullmatch(text) is not None and len(digits_of(text)) >= 8


def is_house_code(text: str) -> bool:
    """11 digits; no check digit is known."""
    return re.fullmatch(r"\d{11}", compact(text), re.ASCII) is not None


def national_phone(text: str) -> str:
    """The number as dialled inside Thailand: `+66 86 000 0004` becomes `0860000004`."""
    number = re.sub(r"[ \-().]", "", text)
    if number.startswith("+66"):
        number = "0" + number[3:].removeprefix("0")
    return number


def is_phone(text: str) -> bool:
    """A mobile number of 10 digits (06, 08, 09) or a fixed one of 9 (02, 03, 04, 05, 07)."""
    return _PHONE.fullmatch(national_phone(text)) is not None


def is_postal_code(text: str) -> bool:
    return _POSTAL_CODE.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """One @ and a dot in the domain; whether anybody reads it is found out by mail."""
    return len(text) <= _LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None


def province_digits(national_id: str) -> int:
    """Positions 2 and 3 of a national ID: the province of the office that gave it out."""
    return int(compact(national_id)[1:3])


def _check_digit(number: str) -> int:
    total = sum(int(digit) * (13 - place) for place, digit in enumerate(number[:12]))
    return (11 - total % 11) % 10
