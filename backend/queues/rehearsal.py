"""Goes through all that a job type does before it touches anything: payload, signatures, the plan of its effects; runs no handler."""

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from backend.errors import InvalidInput, NotFound, PermanentFailure
from backend.queues.jobs import JobType

NOBODY = "gacp-doctor"
"""Every text of a made-up payload: it names no application, appointment or event that there could be."""
_MISSPELT = "noSuchField"


def rehearse(kind: JobType, services: Any) -> dict[str, Any]:
    """Check the job type as it is in this process; returns what was seen, as JSON.

    A made-up payload is read, written and read again, one with a misspelt field has to be refused, the functions have to take what
    they are given, and the plan of the effects (a reading by its contract) is asked for with the services that a run would get.
    Raises PermanentFailure that says what does not hold, and Unavailable while a server that the plan needs is away.
    """
    sample = sample_of(kind.payload)
    _check_payload(kind, sample)
    _check_call(kind, "the handler", kind.handler, "payload", "services", "context")
    if kind.on_dead is not None:
        _check_call(kind, "on_dead", kind.on_dead, "payload", "services", "context", "error")
    return {
        "jobType": kind.name,
        "queue": kind.queue,
        "fields": sorted(kind.payload.model_fields),
        "effects": _effects(kind, sample, services),
    }


def sample_of(model: type[BaseModel]) -> dict[str, Any]:
    """Values that the payload takes, made from its schema; a field's own `examples` go first. Raises PermanentFailure."""
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return {name: _value(name, schema["properties"][name], schema.get("$defs", {})) for name in required}


def _value(name: str, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _value(name, defs[schema["$ref"].rpartition("/")[2]], defs)
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0], defs)
    return _of_type(name, schema, defs)


def _of_type(name: str, schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "string" if "format" not in schema and "pattern" not in schema:
            return NOBODY.ljust(schema.get("minLength", 0), "-")[: schema.get("maxLength", 1_000)]
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return False
        case "array":
            return [_value(name, schema["items"], defs)] * schema.get("minItems", 0)
        case "object":
            return {key: _value(key, part, defs) for key, part in schema.get("properties", {}).items() if key in schema.get("required", [])}
        case "null":
            return None
    raise PermanentFailure(f"no value can be made up for the field {name!r}: give it one with Field(examples=[…])")


def _check_payload(kind: JobType, sample: Mapping[str, Any]) -> None:
    try:
        read = kind.read(sample)
        again = kind.read(json.loads(json.dumps(read.model_dump(mode="json"))))
    except (InvalidInput, TypeError, ValueError) as error:
        raise PermanentFailure(f"{kind.name} does not take a payload made from its own schema: {error}") from error
    if read != again:
        raise PermanentFailure(f"{kind.name}: its payload is another one after it was written as JSON and read again")
    try:
        kind.read({**sample, _MISSPELT: 1})
    except InvalidInput:
        return
    raise PermanentFailure(f"{kind.name} takes a payload with a field that there is not")


def _check_call(kind: JobType, what: str, function: Callable[..., Any], *arguments: str) -> None:
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        raise PermanentFailure(f"{kind.name}: {what} does not take ({', '.join(arguments)}): {error}") from error


def _effects(kind: JobType, sample: Mapping[str, Any], services: Any) -> str:
    """What its plan says of a payload about nothing; that there is no such application is as good an answer as a plan."""
    if kind.effects is None:
        return "none declared"
    try:
        return f"{len(kind.effects(kind.read(sample), services))} planned"
    except (NotFound, InvalidInput) as error:
        return f"asked for: {type(error).__name__}"
