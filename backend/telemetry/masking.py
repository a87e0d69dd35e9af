"""Takes secrets and personal data out of what is about to be written, by what a field is called and by what a text looks like."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

REDACTED = "[redacted]"
LONGEST_TEXT = 16_000
"""Characters of one text that are kept; what is longer says so at its end."""
SHORT = 64
"""Texts up to this length come again and again, such as names, ids and states."""
DEEPEST = 8
_WORDS = (
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|api[_-]?key|(?:private|access|signing)[_-]?key|authori[sz]ation|cookie|credential|session"
    r"|(?:national|citizen)[_-]?id|id[_-]?card|passport|phone|mobile|รหัสผ่าน|บัตรประชาชน|โทรศัพท์"
)
_SECRET_FIELDS = re.compile(rf"pass$|{_WORDS}|body$|html$", re.IGNORECASE)

_SIGNS = r"""[@=:%]|["']\s*,|[eE][aA][rR][eE][rR]|eyJ|AIza|PRIVATE KEY"""
_NINE_DIGITS = r"(?<!\d)" + 8 * r"\d[^\w\n]{0,3}+" + r"\d"  # written out: a repeated group would be entered at every place
_SUSPECT = re.compile(rf"""(?=[@=:%"'eEAP\d])(?:{_SIGNS}|{_NINE_DIGITS})""")
"""Nothing that is masked is without one of these; one look for it spares most texts the others."""
_NOT_ONLY_DIGITS = re.compile(rf"""(?=[@=:%"'eEAP])(?:{_SIGNS})""")
"""A text without it, such as most ids, can have nothing but numbers of people in it."""
_IN_NAMES = (
    "pass", "pwd", "secret", "token", "key", "authori", "cookie", "credential", "session",
    "national", "citizen", "card", "phone", "mobile",
)  # fmt: skip
"""Each of `_WORDS` has one of these in it, but for the Thai ones."""
_SEPARATORS = r"[ \-._/·\u00a0\u00ad\u200b-\u200d\u2010-\u2015\u2060\ufeff]"
_NATIONAL_ID = re.compile(rf"(?<!\d)[1-8๑-๘](?:{_SEPARATORS}{{0,3}}\d){{12}}(?!\d)")
_USUAL = re.compile(r"\d(?:[ -]?\d){12}")
_PHONE = re.compile(rf"(?<![\w.])(?<!\d-)(?:\+66|0066|[0๐])(?:{_SEPARATORS}|\(0\)){{0,2}}[2-9๒-๙](?:{_SEPARATORS}{{0,2}}\d){{7,8}}(?!\w)")
_CREDENTIALS = re.compile(r"""(?<=://)(?:[^\s/?#"'<>@:]*:(?!\d{1,5}(?:[/\s?#"',;)\]]|$))[^\s"'<>]*|[^\s/?#"'<>]+)(?=@)""")
_EMAIL = re.compile(r"""(?:(?<![\w.+-])"[^"\n@]{1,64}"|(?<![\w.+'-])[\w.+'-]++)(?:@|%40)[\w-]+(?:\.[\w-]+)*""")
_BEARER = re.compile(r"(?i)\b(bearer(?:\s|%20|\+)+)\S+")
_BARE_KEYS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|AIza[\w-]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", re.DOTALL
)
_PAIR = re.compile(
    rf"""
    (?P<name>(?:{_WORDS})[\w\-\]]{{0,40}}                     # password, X-Api-Key-2, session_id, …
      (?: \\{{0,16}}["'] \s{{0,5}} [:=,] | \s{{0,5}} (?:=>?|:|%3[AD]) ) \s{{0,5}} )   # "password": · 'password', · password=
    (?: b?(?P<quote>\\{{0,16}}["']) .*? (?: (?<!\\)(?P=quote) | \Z )
      | (?: (?:bearer|basic|digest|negotiate|apikey|token) \s+ )? [^\s&"'<>]+ )
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_COOKIES = re.compile(r"""(?i)\b((?:set-)?cookie\s{0,5}[:=]\s{0,5})[^\n\r"']+""")
_known: list[re.Pattern[str] | None] = [None]


def hide(secrets: Iterable[str]) -> None:
    """From now on these very texts are taken out as well, wherever they stand; those of less than 8 characters are too common for it."""
    texts = sorted({secret for secret in secrets if len(secret) >= 8}, key=len, reverse=True)
    _known[0] = re.compile("|".join(map(re.escape, texts))) if texts else None
    _mask_short.cache_clear()


def mask(value: Any) -> Any:
    """The value as plain JSON without secrets and personal data: national ids, e-mail addresses, telephone numbers, passwords, keys,
    tokens, cookies, credentials in addresses. Numbers stay as they are.
    """
    return _mask(value, DEEPEST, _number)


def mask_field(name: str, value: Any) -> Any:
    """As `mask`; a field that is secret by its name shows nothing, and a national id that is written as a number neither."""
    return masking_of(name)(value)


@lru_cache(maxsize=1_000)
def masking_of(name: str) -> Callable[[Any], Any]:
    """What masks the values of a field of this name."""
    return _redact if _is_secret(name) else mask_value


def mask_value(value: Any) -> Any:
    """The value of a field whose name tells no secret."""
    if type(value) is str:
        return _mask_short(value) if len(value) <= SHORT else _mask_text(value)  # as `_text`, whose call every field would pay
    return _no_national_id(value) if type(value) is int else _mask(value, DEEPEST, _no_national_id)


def _redact(value: Any) -> Any:
    return REDACTED if value else mask_value(value)


Number = Callable[[int | float], Any]


def _mask(value: Any, depth: int, number: Number) -> Any:
    if isinstance(value, str):
        return _text(str(value))
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, (Mapping, list, tuple, AbstractSet)):
        return _mask_inside(value, depth - 1, number) if depth else "[…]"
    return None if value is None else _mask_text(_said(value))


def _mask_inside(value: Any, depth: int, number: Number) -> Any:
    if isinstance(value, Mapping):
        return {mask_name(key): REDACTED if item and _is_secret(str(key)) else _mask(item, depth, number) for key, item in value.items()}
    return [_mask(item, depth, number) for item in value]


def _number(value: float) -> Any:
    """JSON knows no endless numbers."""
    return value if isinstance(value, int) or math.isfinite(value) else str(value)


def _no_national_id(value: float) -> Any:
    return "[national-id]" if 10**12 <= value < 9 * 10**12 and value == int(value) and _is_valid(str(int(value))) else _number(value)


def mask_name(key: Any) -> str:
    """The key of a mapping, which may be personal, too."""
    return _mask_text(key) if type(key) is str else _mask_text(_said(key))


def _said(value: Any) -> str:
    """What an object says of itself."""
    try:
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value).decode("utf-8", "backslashreplace")
        return str(value)
    except Exception:  # noqa: BLE001 - whatever an object does when it is asked
        # A line of the log never fails for what it was given.
        return f"[{type(value).__name__} that cannot be shown]"


def _text(text: str) -> str:
    return _mask_short(text) if len(text) <= SHORT else _mask_text(text)


def _mask_text(text: str) -> str:
    known = _known[0]
    if known is not None:
        text = known.sub(REDACTED, text)
    if not _SUSPECT.search(text):
        return text if len(text) <= LONGEST_TEXT else _shortened(text)
    if len(text) > 16 * LONGEST_TEXT:
        text = text[: 16 * LONGEST_TEXT]
    if _NOT_ONLY_DIGITS.search(text):
        text = _without_secrets(text)
    text = _PHONE.sub("[phone]", _without_ids(text))
    return text if len(text) <= LONGEST_TEXT else _shortened(text)


_mask_short = lru_cache(maxsize=2_000)(_mask_text)


def _without_secrets(text: str) -> str:
    """Without keys, credentials and e-mail addresses."""
    text = _CREDENTIALS.sub("[credentials]", text) if "://" in text else text
    text = _BARE_KEYS.sub("[key]", text)
    if _may_name_a_secret(text):
        text = _COOKIES.sub(rf"\1{REDACTED}", text)
        text = _PAIR.sub(_without_value, text)
    text = _BEARER.sub(r"\1[token]", text)
    return _EMAIL.sub("[email]", text) if "@" in text or "%40" in text else text


def _may_name_a_secret(text: str) -> bool:
    """A quick look for what the patterns of labels would look for at every place."""
    if not text.isascii():
        return True
    lower = text.lower()
    return any(part in lower for part in _IN_NAMES)


def _without_value(pair: re.Match[str]) -> str:
    quote = pair["quote"] or ""
    return f"{pair['name']}{quote}{REDACTED}{quote}"


def _without_ids(text: str) -> str:
    """What has the usual form of a national id is none of ours to judge; any other form, or place, has to have the right check digit."""
    parts, copied, position = [], 0, 0
    while found := _NATIONAL_ID.search(text, position):
        start, end = found.span()
        if not (_is_usual(text, start, end) or _is_valid(found.group())):
            position = start + 1
            continue
        parts += [text[copied:start], "[national-id]"]
        copied = position = end
    return "".join([*parts, text[copied:]]) if parts else text


def _is_usual(text: str, start: int, end: int) -> bool:
    """Digits that stand for themselves: other than within a hash, a file name or a version."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return before not in _PARTS_OF_NAMES and after not in _HEXADECIMAL and _USUAL.fullmatch(text, start, end) is not None


_HEXADECIMAL = frozenset("abcdefABCDEF")
_PARTS_OF_NAMES = _HEXADECIMAL | {"_", "-"}


def _is_valid(text: str) -> bool:
    digits = [int(character) for character in text if character.isdecimal()]
    return (11 - sum((13 - place) * digit for place, digit in enumerate(digits[:12])) % 11) % 10 == digits[12]


def _shortened(text: str) -> str:
    return f"{text[:LONGEST_TEXT]}… ({len(text)} characters)"


@lru_cache(maxsize=1_000)
def _is_secret(field: str) -> bool:
    return _SECRET_FIELDS.search(field) is not None
