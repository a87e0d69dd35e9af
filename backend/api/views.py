"""Answers and inputs that several subjects of the API share."""

import re
from collections.abc import Mapping
from typing import Any

from flask import after_this_request, request

from backend.certification.application import Application
from backend.errors import FieldError, InvalidInput
from backend.web.current_user import current_actor
from backend.web.endpoint import Answer, View
from backend.web.reading import MAX_INTEGER
from backend.web.state import use_cases

_TAG = re.compile(r"[0-9]{1,16}")  # no more digits than any version has: Python refuses to read thousands of them


class ApplicationView(View):
    """One application: what was sent, and what the department made of it."""

    id: str
    application_number: str | None
    status: str
    version: int
    owner_id: str
    created_at: str
    updated_at: str
    submitted_at: str | None
    ai_qc: dict[str, Any] | None


class ApplicationAnswer(Answer):
    """One application; the next change names its `version`, or sends the ETag back as If-Match."""

    application: ApplicationView


def application_json(application: Application) -> dict[str, Any]:
    """The application as far as the one who asks may see it."""
    return use_cases().certification.to_json(current_actor(), application)


def application_answer(application: Application) -> dict[str, Any]:
    """The body of an ApplicationAnswer; sets the ETag beside it."""

    @after_this_request
    def tag(response: Any) -> Any:
        response.set_etag(str(application.version))
        return response

    return {"application": application_json(application)}


def expected_version(body: Mapping[str, Any] | None = None) -> int | None:
    """The version that the caller saw: `version` in the body, or If-Match, or None. Raises InvalidInput."""
    if body and body.get("version") is not None:
        return _version("version", body["version"])
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        return None
    text = header.removeprefix("W/").strip('"')
    return _version("If-Match", int(text) if _TAG.fullmatch(text) else text)


def _version(field: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_INTEGER:
        message = "Send the whole number that the application showed as its version"
        raise InvalidInput("The version is not a number", errors=(FieldError(field, message, "VERSION_INVALID"),))
    return value
