"""E-mail addresses and names as they are typed, brought into one form."""

import re
import unicodedata

from backend.errors import FieldError, InvalidInput

MAX_EMAIL = 254  # RFC 5321, section 4.5.3.1.3
MAX_NAME = 200
_EMAIL = re.compile(r"[^@\s<>()\[\]\\,;:\"]+@(?:[^@\s.<>()\[\]\\,;:\"]+\.)+[^@\s.<>()\[\]\\,;:\"]{2,}")
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")


def normalise_email(text: str) -> str:
    """Lower-case NFC without invisible characters; raises InvalidInput for `email`."""
    email = _clean(text).lower()
    if len(email) > MAX_EMAIL or not _EMAIL.fullmatch(email) or not email.isprintable():
        message = "อีเมลไม่ถูกต้อง เช่น name@example.com / Write an e-mail address such as name@example.com"
        raise InvalidInput("The e-mail address is not valid", errors=(FieldError("email", message, "EMAIL_INVALID"),))
    return email


def normalise_name(text: str, *, otherwise: str) -> str:
    """NFC with single spaces, or `otherwise` where nothing was written; raises InvalidInput for `name`."""
    name = " ".join(_clean(text).split()) or otherwise
    if len(name) > MAX_NAME or not name.isprintable():
        message = f"ชื่อยาวได้ไม่เกิน {MAX_NAME} ตัวอักษร / Write the name with at most {MAX_NAME} printable characters"
        raise InvalidInput("The name is not valid", errors=(FieldError("name", message, "NAME_INVALID"),))
    return name


def _clean(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).strip()
