"""The thin layer over Flask: a view says what it takes and gives, and the same words make the OpenAPI document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Annotated, Any

from flask import Blueprint, Response, json, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from backend.audit.actions import Action
from backend.errors import FieldError, InvalidInput
from backend.web.auditing import audited
from backend.web.gates import Gate, gate
from backend.web.reading import read_body, read_form, read_query

Handler = Callable[..., Any]


def _whole(value: Any) -> Any:
    """JSON does not tell 5 from 5.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WholeNumber = Annotated[int, BeforeValidator(_whole)]


class Input(BaseModel):
    """What a caller sends: camelCase, and a misspelt field is refused by name."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class View(BaseModel):
    """A part of an answer: camelCase; it may carry more keys than its model names."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="allow")


class Answer(View):
    """A whole good answer."""

    success: bool = Field(default=True)


@dataclass(frozen=True)
class Endpoint:
    """What is known of one route: `media` is the type of a good answer, `others` the models of further statuses.

    `act`: the administrative act that the route is; its beginning and its end go into the audit, see `backend.web.auditing`.
    """

    summary: str
    gate: Gate
    answer: type[BaseModel] | None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    form: type[BaseModel] | None = None
    status: int = 200
    media: str = "application/json"
    others: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    act: Action | None = None


def endpoint(blueprint: Blueprint, method: str, *rules: str, spec: Endpoint) -> Callable[[Handler], Handler]:
    """Make a view of a handler and route it at every rule.

    The handler gets the path's parts by name, and `body`, `query`, `form` (with `file`) as far as the spec names models
    for them; it returns a model, a dict (checked against `answer`), or a whole Response.
    """

    def decorate(handler: Handler) -> Handler:
        @gate(spec.gate)
        @wraps(handler)
        def view(**path: str) -> Response:
            inputs = _inputs(spec)
            if spec.act is None:
                return _reply(spec, handler(**path, **inputs))
            with audited(spec.act, path, inputs.get("body")):
                return _reply(spec, handler(**path, **inputs))

        view.__endpoint__ = spec  # type: ignore[attr-defined]
        for rule in rules:
            blueprint.add_url_rule(rule, endpoint=handler.__name__, view_func=view, methods=[method])
        return handler

    return decorate


def spec_of(view: Any) -> Endpoint | None:
    """What `endpoint` noted on a view, or None for a view made otherwise."""
    found: Endpoint | None = getattr(view, "__endpoint__", None)
    return found


def _inputs(spec: Endpoint) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    if spec.query:
        inputs["query"] = read_query(spec.query)
    if spec.body:
        inputs["body"] = read_body(spec.body)
    if spec.form:
        inputs |= {"form": read_form(spec.form), "file": _file()}
    return inputs


def _file() -> Any:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidInput("No file was sent", errors=(FieldError("file", "Choose a file / โปรดเลือกไฟล์", "FILE_MISSING"),))
    return file


def _reply(spec: Endpoint, result: Any) -> Response:
    if isinstance(result, Response):
        return result
    answer = result if isinstance(result, BaseModel) or spec.answer is None else spec.answer.model_validate(result)
    body = answer.model_dump(mode="json", by_alias=True) if isinstance(answer, BaseModel) else answer
    return Response(json.dumps(body, ensure_ascii=False, sort_keys=False), spec.status, content_type=spec.media)
