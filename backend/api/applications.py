"""Applications: begin, edit, check, submit, send back, withdraw."""

from datetime import date
from typing import Any

from flask import Blueprint
from pydantic import Field, RootModel

from backend.accounts.roles import Role
from backend.api.views import ApplicationAnswer, ApplicationView, application_answer, application_json, expected_version
from backend.certification.application import Application
from backend.web.current_user import current_actor
from backend.web.endpoint import Answer, Endpoint, Input, View, endpoint
from backend.web.gates import roles, signed_in
from backend.web.state import use_cases

blueprint = Blueprint("applications", __name__, url_prefix="/api")
_ONE = "/v1/applications/<application_id>"


class FormBody(RootModel[dict[str, Any]]):
    """The form as JSON; a draft may be incomplete, and keys that the server owns are ignored."""


class ListQuery(Input):
    """Which applications; a farmer gets their own in any case."""

    status: str | None = None
    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


class ApplicationsAnswer(Answer):
    """A page of applications, the latest first; `next` is the cursor of the following page."""

    items: list[ApplicationView]
    next: str | None


class QcState(View):
    """Where the quality check stands, and the job that does it."""

    status: str
    job_id: str | None


class SubmittedAnswer(Answer):
    """It was accepted: nothing of it can be lost now."""

    application_id: str
    application_number: str | None
    status: str
    qc: QcState


class CheckAnswer(Answer):
    """What a submission now would say; nothing was saved."""

    submit_allowed: bool
    validation_errors: list[dict[str, Any]]
    required_documents: list[str]
    qc: dict[str, Any] | None


class Withdrawal(Input):
    """Why, if one likes to say."""

    reason: str = Field("", max_length=4000)


class RevisionItemBody(Input):
    """One thing to put right: `path` as in the issues, such as `documents.LAND_RIGHTS`."""

    path: str = Field(max_length=200)
    reason: str = Field(max_length=4000)


class RevisionBody(Input):
    """The complete list, once; `dueOn` is 30 days on where it is left out."""

    items: list[RevisionItemBody] = Field(max_length=200)
    comment: str = Field(max_length=4000)
    due_on: date | None = None


@endpoint(blueprint, "POST", "/v1/applications", spec=Endpoint("Begin a draft", signed_in, ApplicationAnswer, body=FormBody, status=201))
def create(body: FormBody) -> dict[str, Any]:
    return application_answer(use_cases().certification.create(current_actor(), body.root))


@endpoint(blueprint, "GET", "/v1/applications", spec=Endpoint("List applications", signed_in, ApplicationsAnswer, query=ListQuery))
def list_applications(query: ListQuery) -> dict[str, Any]:
    page = use_cases().certification.list(current_actor(), status=query.status, cursor=query.cursor, limit=query.limit)
    return {"items": [application_json(each) for each in page.items], "next": page.next}


@endpoint(blueprint, "GET", _ONE, spec=Endpoint("One application", signed_in, ApplicationAnswer))
def get(application_id: str) -> dict[str, Any]:
    return application_answer(use_cases().certification.get(current_actor(), application_id))


@endpoint(
    blueprint, "PATCH", _ONE, spec=Endpoint("Change the form by a JSON merge patch (RFC 7396)", signed_in, ApplicationAnswer, body=FormBody)
)
def edit(application_id: str, body: FormBody) -> dict[str, Any]:
    """`version` in the body, or If-Match, says which version the change was made from."""
    changed = use_cases().certification.edit(current_actor(), application_id, body.root, expected_version(body.root))
    return application_answer(changed)


@endpoint(blueprint, "POST", f"{_ONE}/check", spec=Endpoint("What would a submission say now", signed_in, CheckAnswer))
def check(application_id: str) -> dict[str, Any]:
    return use_cases().certification.check(current_actor(), application_id)


@endpoint(
    blueprint,
    "POST",
    f"{_ONE}/submit",
    "/applications/<application_id>/submit",
    spec=Endpoint("Hand the draft in; the quality check follows by itself", signed_in, SubmittedAnswer),
)
def submit(application_id: str) -> dict[str, Any]:
    return _submitted(use_cases().certification.submit(current_actor(), application_id, expected_version()))


@endpoint(blueprint, "POST", f"{_ONE}/resubmit", spec=Endpoint("Hand in what a revision asked for", signed_in, SubmittedAnswer))
def resubmit(application_id: str) -> dict[str, Any]:
    return _submitted(use_cases().certification.resubmit(current_actor(), application_id, expected_version()))


@endpoint(blueprint, "POST", f"{_ONE}/withdraw", spec=Endpoint("Give the application up", signed_in, ApplicationAnswer, body=Withdrawal))
def withdraw(application_id: str, body: Withdrawal) -> dict[str, Any]:
    return application_answer(use_cases().certification.withdraw(current_actor(), application_id, body.reason))


@endpoint(
    blueprint,
    "POST",
    f"{_ONE}/request-revision",
    spec=Endpoint("Send it back with one complete list", roles(Role.REVIEWER), ApplicationAnswer, body=RevisionBody),
)
def request_revision(application_id: str, body: RevisionBody) -> dict[str, Any]:
    items = [item.model_dump() for item in body.items]
    version = expected_version()
    done = use_cases().certification.request_revision(
        current_actor(), application_id, items, body.comment, due_on=body.due_on, version=version
    )
    return application_answer(done)


def _submitted(application: Application) -> dict[str, Any]:
    job = use_cases().queues.latest("run_ai_qc", application.id) if application.qc_run_id else None
    return {
        "applicationId": application.id,
        "applicationNumber": application.number,
        "status": application.status,
        "qc": {"status": application.qc_status.lower(), "jobId": job.id if job else None},
    }
