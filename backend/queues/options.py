"""Job options with Bull's names, units (milliseconds) and meaning, checked instead of silently bent."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Self, TypedDict

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from backend.errors import FieldError, InvalidInput
from backend.queues.backoff import Backoff, read_backoff
from backend.queues.repeat import Repeat

LOWEST_PRIORITY = 2_097_151  # BullMQ's limit
JOB_ID_PATTERN = r"^[A-Za-z0-9_-]{1,128}$"  # what RQ accepts as an id, and safe in an address
TRACES = 10
LONGEST_MS = 10 * 366 * 24 * 3600 * 1000
"""Ten years: what is longer was meant in another unit, and the calendar does not go on for ever."""
_LARGEST = 2**31 - 1
_NOT_KEPT = ("timestamp",)  # Bull writes it into every job; here the time of creation is the ledger's
_ELSEWHERE = {
    "debounce": "give a jobId instead: the same id is accepted once",
    "deduplication": "give a jobId instead: the same id is accepted once",
    "preventParsingData": "a job always gets its data as its payload model",
    "keepLogs": "the newest 200 lines of a job's log are kept",
    "parent": "submit the second job from the first one's function",
    "prevMillis": "it belongs to a run of a repeat, and is not an option",
}


class OptionFields(TypedDict, total=False):
    """The options by their Python names; what is left out comes from the job type, then from the queue."""

    priority: int
    delay: int
    attempts: int
    backoff: Backoff | int | Mapping[str, Any]
    lifo: bool
    timeout: int
    job_id: str
    remove_on_complete: "bool | int | Keep"
    remove_on_fail: "bool | int | Keep"
    stack_trace_limit: int
    ttl: int
    repeat: "Repeat | Mapping[str, Any]"


class Keep(BaseModel):
    """How much history to keep: `age` in seconds, `count` in jobs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    age: int | None = Field(None, ge=0, le=LONGEST_MS // 1000, strict=True)
    count: int | None = Field(None, ge=0, le=_LARGEST, strict=True)


def _read_keep(value: Any) -> Any:
    """Bull's -1, alone or as a count, keeps everything."""
    if isinstance(value, Mapping) and value.get("count") == -1:
        return {key: part for key, part in value.items() if key != "count"}
    return False if value == -1 and not isinstance(value, bool) else value


Removal = Annotated[StrictBool | Annotated[int, Field(ge=0, le=_LARGEST, strict=True)] | Keep, BeforeValidator(_read_keep)]


class JobOptions(BaseModel):
    """The options of one job, complete.

    `priority` 1 goes first, larger numbers later, 0 (none) last; equals run in the order of their arrival. `attempts` is
    the total number of tries. `lifo` puts a job before its equals. `timeout` 0 means none. `remove_on_complete` and
    `remove_on_fail` speak of Redis: the ledger keeps every job for the retention. `stack_trace_limit` is how many attempts keep
    their trace, 0 all. `ttl` is how long a job may wait for its first run once it is due, 0 for ever. Times are milliseconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)

    priority: int = Field(0, ge=0, le=LOWEST_PRIORITY, strict=True)
    delay: int = Field(0, ge=0, le=LONGEST_MS, strict=True)
    attempts: int = Field(1, ge=1, le=1000, strict=True)
    backoff: Annotated[Backoff | None, BeforeValidator(read_backoff)] = None
    lifo: bool = Field(default=False, strict=True)
    timeout: int = Field(0, ge=0, le=LONGEST_MS, strict=True)
    job_id: str | None = Field(None, pattern=JOB_ID_PATTERN)
    remove_on_complete: Removal = False
    remove_on_fail: Removal = False
    stack_trace_limit: int = Field(TRACES, ge=0, le=_LARGEST, strict=True)
    ttl: int = Field(0, ge=0, le=LONGEST_MS, strict=True)
    repeat: Repeat | None = None

    @classmethod
    def merged(cls, *layers: Mapping[str, Any]) -> Self:
        """Lay the later over the earlier; keys are the Python names. Raises InvalidInput naming each wrong option."""
        values: dict[str, Any] = {}
        for layer in layers:
            values |= layer
        _refuse_unknown(values, tuple(cls.model_fields))
        return cls._checked(values)

    @classmethod
    def from_bull(cls, options: Mapping[str, Any]) -> Self:
        """Read Bull's JSON (`jobId`, `removeOnComplete`, …); null means not given. Raises InvalidInput naming each wrong option."""
        given = {name: value for name, value in options.items() if value is not None and name not in _NOT_KEPT}
        _refuse_unknown(given, tuple(to_camel(name) for name in cls.model_fields))
        if isinstance(given.get("jobId"), int) and not isinstance(given["jobId"], bool):
            given["jobId"] = str(given["jobId"])
        return cls._checked(given)

    def to_bull(self) -> dict[str, Any]:
        """The options as Bull writes them; without null, which Bull cannot read in some of them."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @classmethod
    def _checked(cls, values: Mapping[str, Any]) -> Self:
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            errors = _explain(error)
            detail = "; ".join(f"{item.field}: {item.message}" for item in errors)
            raise InvalidInput(f"Some job options are not valid: {detail}", errors=errors) from None


def check_option_names(options: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a misspelt option, with the name that was probably meant."""
    JobOptions.merged(options)


def _refuse_unknown(values: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = [name for name in values if name not in known]
    if not unknown:
        return
    errors = []
    for name in unknown:
        near = get_close_matches(name, known, n=1)
        cure = _ELSEWHERE.get(name) or (f"did you mean {near[0]!r}?" if near else f"the options are {', '.join(known)}")
        errors.append(FieldError(name, f"there is no such job option: {cure}", "UNKNOWN_OPTION"))
    raise InvalidInput("; ".join(f"{error.field}: {error.message}" for error in errors), errors=tuple(errors))


def _explain(error: ValidationError) -> tuple[FieldError, ...]:
    errors = [_field_error(item) for item in error.errors(include_url=False, include_input=False)]
    # Every alternative of a union fails in its own words; the first says it for all.
    return tuple({item.field: item for item in reversed(errors)}.values())[::-1]


_REMOVAL_CURE = "give true, false, a number of jobs to keep, or {age: seconds, count: jobs}"
_CURES = {
    "jobId": ("use 1 to 128 letters, digits, '-' and '_'", "INVALID_JOB_ID"),
    "removeOnComplete": (_REMOVAL_CURE, "INVALID_OPTION"),
    "removeOnFail": (_REMOVAL_CURE, "INVALID_OPTION"),
}


def _field_error(item: ErrorDetails) -> FieldError:
    path = [str(part) for part in item["loc"]]
    # Inside these the path names the part; inside a union it names the alternative that was tried, which helps nobody.
    name = ".".join([path[0], *map(to_camel, path[1:2])]) if path[0] in ("backoff", "repeat") else to_camel(path[0])
    message, code = _CURES.get(name, (item["msg"], "INVALID_OPTION"))
    return FieldError(name, message, code)
