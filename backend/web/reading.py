"""Reads what a request brings, strictly: unreadable is 400, of another type 415, too large 413, against the model 422."""

import re
from collections.abc import Iterable
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from backend.errors import FieldError, InvalidInput, Malformed, TooLarge, WrongType

Model = TypeVar("Model", bound=BaseModel)
MAX_JSON_BYTES = 1024 * 1024
MAX_INTEGER = 2**53 - 1  # RFC 7493: beyond it programs disagree about the number
_MEMBER = re.compile(r"[\[(]")


def read_body(model: type[Model]) -> Model:
    """The JSON body as `model`; an absent one counts as `{}`."""
    raw = _json_bytes()
    _refuse_what_programs_read_differently(raw)
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise invalid(error) from None


def read_query(model: type[Model]) -> Model:
    """The query parameters as `model`; one that is repeated is refused, as it would be unclear which of them counts."""
    again = tuple(FieldError(name, "Give this parameter once", "REPEATED") for name, given in request.args.lists() if len(given) > 1)
    if again:
        raise InvalidInput("See errors for each field and its cure", errors=again)
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise invalid(error) from None


def read_form(model: type[Model]) -> Model:
    """The text fields of a multipart form as `model`; they stay strings unless the model says otherwise."""
    if request.mimetype != "multipart/form-data":
        raise WrongType("Send multipart/form-data")
    try:
        return model.model_validate({name: value for name, value in request.form.to_dict().items() if value != ""})
    except ValidationError as error:
        raise invalid(error) from None


def invalid(error: ValidationError) -> InvalidInput:
    """Our error for pydantic's: one field error per finding, by its path in the JSON."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    fields = tuple(FieldError(_path(item), _sentence(item), item["type"].upper()) for item in details)
    return InvalidInput("See errors for each field and its cure", errors=fields)


def _json_bytes() -> bytes:
    if (request.content_length or 0) > MAX_JSON_BYTES:
        raise TooLarge(f"A JSON body may have at most {MAX_JSON_BYTES // 1024} KiB")
    raw = request.get_data(cache=False)
    if not raw:
        return b"{}"
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise WrongType("Send Content-Type: application/json")
    if len(raw) > MAX_JSON_BYTES:
        raise TooLarge(f"A JSON body may have at most {MAX_JSON_BYTES // 1024} KiB")
    return raw


def _refuse_what_programs_read_differently(raw: bytes) -> None:
    try:
        value = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise Malformed(f"The body is not JSON: {error}") from None
    errors = tuple(_unreadable(value, ""))
    if errors:
        raise InvalidInput("See errors for each field and its cure", errors=errors)


def _unreadable(value: Any, path: str) -> Iterable[FieldError]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _unreadable(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unreadable(item, f"{path}.{index}" if path else str(index))
    elif isinstance(value, int) and abs(value) > MAX_INTEGER:
        yield FieldError(path, "This number is too large", "NUMBER_TOO_LARGE")
    elif isinstance(value, str) and "\x00" in value:
        yield FieldError(path, "Remove the control character", "CONTROL_CHARACTER")


def _path(item: ErrorDetails) -> str:
    """Where it is, without the names that pydantic gives the members of a union, such as `dict[str,any]`."""
    return ".".join(str(part) for part in item["loc"] if not _MEMBER.search(str(part)))


def _sentence(item: ErrorDetails) -> str:
    if item["type"] == "missing":
        return "Fill this in / โปรดกรอก"
    if item["type"] == "extra_forbidden":
        return "There is no such field; check its spelling"
    return item["msg"].removeprefix("Value error, ")
