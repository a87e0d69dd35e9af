"""What every part of the application form has in common: camelCase outside, lenient about what a draft may hold."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from backend.certification.dates import parse_day


def _read_number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return value.replace(",", "") or None


def _read_day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return parse_day(value) or value or None


Text = str | None
Number = Annotated[Annotated[int | float, Field(ge=-1e12, le=1e12)] | None, BeforeValidator(_read_number)]
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
        nested = {name for key, field in cls.model_fields.items() if field.default_factory for name in (key, field.alias)}
        return {key: inner for key, inner in value.items() if not (inner is None and key in nested)}
