"""Files of an application: send, fetch, take away; and its summary as PDF."""

from typing import Any, Literal
from urllib.parse import quote

from flask import Blueprint, Response
from pydantic import Field, Json
from werkzeug.datastructures import FileStorage

from backend.api.views import ApplicationAnswer, application_answer, expected_version
from backend.errors import NotAllowed, NotFound
from backend.web.current_user import current_actor
from backend.web.endpoint import Endpoint, Input, View, endpoint
from backend.web.gates import signed_in
from backend.web.state import use_cases

blueprint = Blueprint("documents", __name__, url_prefix="/api/v1/applications/<application_id>")
_PDF = "application/pdf"
Variant = Literal["applicant", "officer"]


class Upload(Input):
    """A file (10 MB at most) and what the applicant says of it; dates may be written in either era.

    The slot decides whether it is a document (PDF, JPEG, PNG) or a photo (JPEG, PNG, WebP); the type is told by the content.
    """

    slot: str = Field(max_length=100, examples=["LAND_RIGHTS"])
    issued_on: str | None = Field(None, max_length=40)
    expires_on: str | None = Field(None, max_length=40)
    number_on_document: str | None = Field(None, max_length=200)
    name_on_document: str | None = Field(None, max_length=200)
    area_on_document: Json[dict[str, Any]] | None = Field(None, description='JSON, such as {"rai": 6, "ngan": 2, "sqWah": 40}')
    lab_result: str | None = Field(None, max_length=40, description="PASS, FAIL or PENDING")
    taken_on: str | None = Field(None, max_length=40, description="Photos: where the picture itself does not say")
    gps: Json[dict[str, Any]] | None = Field(None, description='Photos: JSON, such as {"lat": 8.9, "lng": 98.9}')
    kind: str | None = Field(None, max_length=40, description="Not needed: the slot decides")
    version: int | None = Field(None, ge=0)
    csrf_token: str | None = None


class FileView(View):
    """What is known of a file."""

    id: str
    slot: str
    mime: str
    size_bytes: int
    sha256: str


class UploadAnswer(ApplicationAnswer):
    """The file that was kept, and the application with it."""

    file: FileView


class ReportQuery(Input):
    """For whom; farmers get the applicant's in any case."""

    variant: Variant | None = None


@endpoint(blueprint, "POST", "/documents", spec=Endpoint("Put a file behind a slot", signed_in, UploadAnswer, form=Upload, status=201))
def upload(application_id: str, form: Upload, file: FileStorage) -> dict[str, Any]:
    facts = form.model_dump(by_alias=True, exclude_none=True, exclude={"slot", "kind", "version", "csrf_token"})
    version = form.version if form.version is not None else expected_version()
    certification = use_cases().certification
    application = certification.attach(
        current_actor(), application_id, form.slot, file.filename or "", file.read(), facts=facts, version=version
    )
    answer = application_answer(application)
    return answer | {"file": _newest(answer["application"], form.slot)}


@endpoint(blueprint, "GET", "/documents/<file_id>", spec=Endpoint("Fetch a file", signed_in, None, media="application/octet-stream"))
def download(application_id: str, file_id: str) -> Response:
    facts, content = use_cases().certification.open_file(current_actor(), application_id, file_id)
    return _file(content, facts.mime or "application/octet-stream", facts.file_name or file_id, "attachment")


@endpoint(blueprint, "DELETE", "/documents/<file_id>", spec=Endpoint("Take a file off the form", signed_in, ApplicationAnswer))
def remove(application_id: str, file_id: str) -> dict[str, Any]:
    changed = use_cases().certification.remove_file(current_actor(), application_id, file_id, expected_version())
    return application_answer(changed)


@endpoint(blueprint, "GET", "/report.pdf", spec=Endpoint("The summary as PDF", signed_in, None, query=ReportQuery, media=_PDF))
def report(application_id: str, query: ReportQuery) -> Response:
    actor = current_actor()
    application = use_cases().certification.get(actor, application_id)
    variant = query.variant or ("officer" if actor.is_staff else "applicant")
    if variant == "officer" and not actor.is_staff:
        raise NotAllowed("The officers' summary is for officers / เอกสารฉบับนี้สำหรับเจ้าหน้าที่")
    link = next((link for link in application.reports if link.variant == variant), None)
    if link is None:
        raise NotFound("The summary is not made yet: try again in a minute / ยังไม่ได้สร้างเอกสารสรุป โปรดลองใหม่ในอีกสักครู่")
    return _file(use_cases().files.get(link.key), _PDF, f"{application.number or application.id}.pdf", "inline")


def _newest(application: dict[str, Any], slot: str) -> dict[str, Any]:
    """The service puts a new file last in its list."""
    files = [*application.get("documents", ()), *application.get("photos", ())]
    found: dict[str, Any] = next(each for each in reversed(files) if each["slot"] == slot.strip())
    return found


def _file(content: bytes, media: str, name: str, disposition: str) -> Response:
    """A download; a Thai name travels as RFC 5987 says, with a plain one beside it."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "._- ") else "_" for char in name) or "file"
    headers = {"Content-Disposition": f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, content_type=media, headers=headers)
