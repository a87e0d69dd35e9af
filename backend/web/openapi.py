"""Writes the OpenAPI 3.1 document out of the very words that the routes were declared with."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from flask import Flask
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from backend.errors import InvalidInput
from backend.web.endpoint import Endpoint, spec_of
from backend.web.problems import MEDIA_TYPE

_REF = "#/components/schemas/{model}"
_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_COMMON = {
    401: "Not signed in",
    403: "Signed in, but not allowed; or the CSRF token is missing",
    404: "It does not exist, or is not yours to see",
    409: "The state does not allow it, or somebody changed it meanwhile",
    413: "Too large",
    415: "Of a type that is not accepted",
    422: "Something in it is not valid: `errors` names each field and its cure",
    429: "Too many attempts: see Retry-After",
    503: "A server is away: see Retry-After",
}


class FieldProblem(BaseModel):
    """What is wrong with one field, and its cure."""

    field: str
    message: str
    code: str = "INVALID"


class ProblemDocument(BaseModel):
    """RFC 9457, with the request id to tell support."""

    success: bool
    type: str
    title: str
    status: int
    detail: str
    requestId: str  # noqa: N815 - its name in the JSON
    errors: list[FieldProblem] = []


def document(app: Flask) -> dict[str, Any]:
    """Describe every route of `app` that was declared with `endpoint`."""
    found = ((rule, spec_of(app.view_functions[rule.endpoint])) for rule in app.url_map.iter_rules())
    routes = sorted(((rule, spec) for rule, spec in found if spec), key=lambda route: (route[0].endpoint, len(route[0].rule)))
    schemas, references = _schemas([spec for _, spec in routes])
    paths: dict[str, Any] = {}
    seen: set[str] = set()
    for rule, spec in routes:
        operation = _operation(rule, spec, references, first=rule.endpoint not in seen)
        paths.setdefault(_VARIABLE.sub(r"{\1}", rule.rule), {})[_method(rule)] = operation
        seen.add(rule.endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "GACP certification", "version": version("gacp"), "description": _ABOUT},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": schemas, "securitySchemes": _security_schemes(app)},
    }


_ABOUT = (
    "Applications for the certification of herb farms, their quality checks, and the job queues. "
    "Times are ISO 8601 in UTC; every answer carries X-Request-ID; errors are RFC 9457 problem documents."
)


def _security_schemes(app: Flask) -> dict[str, Any]:
    cookie = "Set by signing in; whatever changes something also needs the header X-CSRFToken."
    return {
        "bearer": {"type": "http", "scheme": "bearer"},
        "internal": {"type": "http", "scheme": "bearer", "description": "INTERNAL_SECRET of the installation, for its own programs"},
        "monitoring": {"type": "http", "scheme": "bearer", "description": "MONITORING_TOKEN of the installation, for what watches it"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": app.config["SESSION_COOKIE_NAME"], "description": cookie},
    }


def _method(rule: Rule) -> str:
    return next(method for method in sorted(rule.methods or ()) if method not in {"HEAD", "OPTIONS"}).lower()


References = dict[tuple[Any, JsonSchemaMode], dict[str, Any]]


def _schemas(specs: Sequence[Endpoint]) -> tuple[dict[str, Any], References]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(ProblemDocument, "serialization"): None}
    for spec in specs:
        wanted |= dict.fromkeys((model, "validation") for model in (spec.body, spec.query, spec.form) if model)
        wanted |= dict.fromkeys((model, "serialization") for model in (spec.answer, *spec.others.values()) if model)
    references, definitions = models_json_schema(list(wanted), by_alias=True, ref_template=_REF)
    return dict(definitions["$defs"]), dict(references)


def _operation(rule: Rule, spec: Endpoint, references: References, *, first: bool) -> dict[str, Any]:
    subject, _, name = rule.endpoint.rpartition(".")
    operation: dict[str, Any] = {
        "operationId": f"{subject}_{name}" if first else f"{subject}_{name}_alias",
        "tags": [subject],
        "summary": spec.summary,
        "description": f"For: {spec.gate}.",
        "parameters": [*_path_parameters(rule), *_query_parameters(spec)],
        "responses": _responses(spec, references),
    }
    if spec.body:
        content = {"application/json": {"schema": references[spec.body, "validation"]}}
        operation["requestBody"] = {"required": not _may_be_absent(spec.body), "content": content}
    if spec.form:
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": _form_schema(spec.form)}}}
    if spec.gate.schemes:
        operation["security"] = [{scheme: []} for scheme in spec.gate.schemes]
    return operation


def _may_be_absent(model: type[BaseModel]) -> bool:
    """An absent body is read as `{}`."""
    try:
        model.model_validate({})
    except (ValidationError, InvalidInput):
        return False
    return True


def _path_parameters(rule: Rule) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in sorted(rule.arguments)]


def _query_parameters(spec: Endpoint) -> list[dict[str, Any]]:
    if spec.query is None:
        return []
    schema = spec.query.model_json_schema(by_alias=True, ref_template=_REF)
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "explode": False,  # several values are one text with commas
            "schema": field,
            "description": field.pop("description", ""),
        }
        for name, field in schema["properties"].items()
    ]


def _form_schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    file = {"type": "string", "format": "binary"}
    return schema | {"properties": schema["properties"] | {"file": file}, "required": [*schema.get("required", []), "file"]}


def _responses(spec: Endpoint, references: References) -> dict[str, Any]:
    problem = {MEDIA_TYPE: {"schema": references[ProblemDocument, "serialization"]}}
    schema = references[spec.answer, "serialization"] if spec.answer else {"type": "string", "format": "binary"}
    responses: dict[str, Any] = {str(spec.status): {"description": spec.summary, "content": {spec.media: {"schema": schema}}}}
    for other, model in spec.others.items():
        responses[str(other)] = {
            "description": model.__doc__ or "",
            "content": {spec.media: {"schema": references[model, "serialization"]}},
        }
    for status in sorted(_statuses(spec)):
        responses.setdefault(str(status), {"description": _COMMON[status], "content": problem})
    responses["default"] = {"description": "Any other error", "content": problem}
    return responses


def _statuses(spec: Endpoint) -> set[int]:
    statuses = {503}
    if spec.gate.roles is not None:
        statuses |= {401, 403, 404}
    if spec.body or spec.form:
        statuses |= {409, 413, 415, 422}
    if spec.query:
        statuses |= {422}
    return statuses
