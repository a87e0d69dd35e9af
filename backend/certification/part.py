"""What every part of the application form has in common: camelCase outside, lenient about what a draft may hold."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from backend.certification.dates import parse_day
from backend.errors import FieldError

# Narrower than Python: 1_0 is a slip of the finger, and so is 1,5, where commas stand between thousands.
_TYPED_NUMBER = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+|(?=\.\d))(?:\.\d*)?(?:[eE][-+]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)


def _read_number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number is needed")  # noqa: TRY004 - pydantic turns a ValueError into its own error
    if not isinstance(value, str):
        return value
    if not value:
        return None
    if not _TYPED_NUMBER.fullmatch(value):
        raise ValueError("a number is needed")
    plain = value.replace(",", "")
    return int(plain) if _WHOLE.fullmatch(plain) else float(plain)


def _read_day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return parse_day(value) or value or None


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


Text = str | None
Flag = Annotated[bool | None, BeforeValidator(_blank_is_none)]
Number = Annotated[int | float | None, Field(ge=-1e12, le=1e12), BeforeValidator(_read_number)]
"""A number as typed, or None; the bound keeps later arithmetic finite."""
Day = Annotated[date | str | None, BeforeValidator(_read_day)]
"""A date, or the text that could not be read as one (validation then says DATE_INVALID)."""


class Part(BaseModel):
    """Frozen; unknown keys are dropped; null for a list or a nested part means that it is empty."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _null_means_empty(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        nested = _nested(cls)
        return {key: inner for key, inner in value.items() if not (inner is None and key in nested)}


@cache
def _nested(part: type[Part]) -> frozenset[str | None]:
    """The names, inside and outside, of the lists and parts of a part."""
    return frozenset(name for key, field in part.model_fields.items() if field.default_factory for name in (key, field.alias))


_NEEDED = {"model": "an object", "dict": "an object", "list": "a list", "string": "a text", "bool": "true or false", "date": "a date"}
_UNION_MEMBERS = frozenset({"int", "float", "date", "str", "constrained-int", "constrained-float"})


def type_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """One error per field that is of a wrong type, each saying what the field needs."""
    found: dict[str, FieldError] = {}
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        path = ".".join(str(step) for step in item["loc"] if step not in _UNION_MEMBERS)
        found.setdefault(path, FieldError(path, _cure(item["type"], item["msg"]), "TYPE_INVALID"))
    return tuple(found.values())


def _cure(kind: str, message: str) -> str:
    if kind == "value_error" and "rai" in message:
        return message.removeprefix("Value error, ")
    return f"send {_NEEDED.get(kind.split('_', maxsplit=1)[0], 'a number')} here"
