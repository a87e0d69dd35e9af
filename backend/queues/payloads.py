"""Checks a job's payload against its model, when it is submitted and again when it runs."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from backend.errors import FieldError, InvalidInput


def read_payload(model: type[BaseModel], payload: BaseModel | Mapping[str, Any]) -> BaseModel:
    """The payload as its model. Raises InvalidInput that names each wrong field and its cure."""
    values = payload.copy() if payload.__class__ is dict else _values(model, payload)
    try:
        checked: BaseModel = model.__pydantic_validator__.validate_python(values)  # `model_validate` takes half as long again
    except ValidationError as error:
        items = error.errors(include_url=False, include_input=False)
        errors = tuple(_field_error(item, tuple(model.model_fields)) for item in items)
        detail = "; ".join(f"{item.field}: {item.message}" for item in errors)
        raise InvalidInput(f"{model.__name__}: {detail}", errors=errors) from None
    return checked


def _values(model: type[BaseModel], payload: BaseModel | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(payload, BaseModel):
        return dict(payload)
    if not isinstance(payload, model):
        raise InvalidInput(f"The payload is a {type(payload).__name__}: this job takes {model.__name__}")
    return payload.model_dump(mode="json")


def _field_error(item: ErrorDetails, known: tuple[str, ...]) -> FieldError:
    name = ".".join(str(part) for part in item["loc"])
    if item["type"] != "extra_forbidden":
        return FieldError(f"payload.{name}", item["msg"], item["type"].upper())
    near = get_close_matches(name, known, n=1)
    cure = f"did you mean {near[0]!r}?" if near else f"the fields are {', '.join(known) or 'none'}"
    return FieldError(f"payload.{name}", f"there is no such field: {cure}", "UNKNOWN_FIELD")
