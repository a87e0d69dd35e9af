"""When a job comes again: Bull's `repeat` option, checked; the scheduler keeps it as a named entry of its table."""

from datetime import datetime
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from backend.clock import from_millis, require_aware

DEFAULT_TZ = "Asia/Bangkok"
NAME_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
_FIRST_MOMENT_MS = 10**11  # 1973; a smaller number was meant as seconds


def _read_moment(value: Any) -> Any:
    """Bull takes milliseconds, a date or its text; a text needs its zone here."""
    if isinstance(value, bool) or not isinstance(value, (int, datetime, str)):
        raise ValueError("give milliseconds since 1970, or an ISO 8601 time with its zone")  # noqa: TRY004 - pydantic's protocol
    if isinstance(value, int) and value < _FIRST_MOMENT_MS:
        raise ValueError("give milliseconds since 1970, not seconds")
    try:
        if isinstance(value, int):
            return from_millis(value)
        return require_aware(datetime.fromisoformat(value) if isinstance(value, str) else value)
    except OverflowError as error:
        raise ValueError("the calendar ends with the year 9999: give milliseconds") from error


Moment = Annotated[datetime, BeforeValidator(_read_moment)]


class Repeat(BaseModel):
    """Either `cron` (five fields, read in `tz`) or `every` (milliseconds, aligned to 1970 as in Bull).

    `key` names the schedule: submitting it again under that name replaces it (Bull would start a second one); without a
    key the scheduler uses the name of the job type. `limit` is how many times at most; `start_date` and `end_date` are the
    first and the last moment at which it may fire.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    key: str | None = Field(None, pattern=NAME_PATTERN)
    cron: str | None = None
    every: int | None = Field(None, ge=1000, le=10 * 366 * 24 * 3600 * 1000, strict=True)
    tz: str = DEFAULT_TZ
    limit: int | None = Field(None, ge=1, le=2**31 - 1, strict=True)
    start_date: Moment | None = None
    end_date: Moment | None = None

    @field_validator("cron")
    @classmethod
    def _known_cron(cls, value: str | None) -> str | None:
        if value is None:
            return None
        from croniter import croniter  # noqa: PLC0415 - a megabyte that only the scheduler needs

        if len(value.split()) != 5 or not croniter.is_valid(value):
            raise ValueError("give five fields: minute, hour, day of month, month, day of week, such as '15 3 * * *'")
        return value

    @field_validator("tz")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("give the name of a time zone, such as 'Asia/Bangkok'") from None
        return value

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if (self.cron is None) == (self.every is None):
            raise ValueError("give either cron or every")
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValueError("endDate lies before startDate")
        return self

    def to_bull(self) -> dict[str, Any]:
        """The option as Bull writes it, without null."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
