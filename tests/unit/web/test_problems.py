"""Every error is a problem document that says what to do and keeps to itself what is none of the caller's business."""

import pytest
from flask import Blueprint, Response

from backend.errors import (
    Conflict,
    FieldError,
    InvalidInput,
    Misconfigured,
    NotAllowed,
    NotFound,
    TemporaryFailure,
    TooLarge,
    Unavailable,
    WrongType,
)
from backend.web.gates import mount, public
from backend.web.problems import show_errors_with
from tests.support.web import bare_app


def site_that_raises(error):
    app, _ = bare_app()
    blueprint = Blueprint("site", __name__)

    def fail():
        raise error

    blueprint.add_url_rule("/api/fail", endpoint="fail", view_func=fail)
    blueprint.add_url_rule("/page", endpoint="page", view_func=fail)
    mount(app, blueprint, public)
    return app


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (NotFound("There is no such thing"), 404, "not-found"),
        (NotAllowed("Not you"), 403, "not-allowed"),
        (Conflict("It is at version 3"), 409, "conflict"),
        (TooLarge("Over 10 MB"), 413, "too-large"),
        (WrongType("Send a PDF"), 415, "wrong-type"),
        (Unavailable("The database is away"), 503, "unavailable"),
        (TemporaryFailure("Gemini is busy"), 502, "temporary-failure"),
    ],
)
def test_our_errors_become_problem_documents(error, status, name):
    response = site_that_raises(error).test_client().get("/api/fail", headers={"X-Request-ID": "request-0001"})

    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.get_json() == {
        "success": False,
        "type": f"urn:gacp:problem:{name}",
        "title": error.title,
        "status": status,
        "detail": str(error),
        "requestId": "request-0001",
    }


def test_bad_input_names_each_field():
    error = InvalidInput(errors=(FieldError("applicant.phone", "Write 10 digits", "PHONE_INVALID"),))

    body = site_that_raises(error).test_client().get("/api/fail").get_json()

    assert body["errors"] == [{"field": "applicant.phone", "message": "Write 10 digits", "code": "PHONE_INVALID"}]


@pytest.mark.parametrize(("seconds", "header"), [(5.0, "5"), (0.2, "1"), (61.4, "61")])
def test_who_may_try_again_learns_when(seconds, header):
    response = site_that_raises(Unavailable(retry_after=seconds)).test_client().get("/api/fail")

    assert response.headers["Retry-After"] == header


@pytest.mark.parametrize("error", [RuntimeError("password=hunter2"), Misconfigured("SMTP_URL smtp://user:hunter2@host")])
def test_what_is_wrong_inside_stays_inside(error):
    response = site_that_raises(error).test_client().get("/api/fail")

    assert response.status_code == 500
    assert "hunter2" not in response.get_data(as_text=True)
    assert response.get_json()["requestId"] == response.headers["X-Request-ID"]


def test_people_get_a_page_where_there_is_one():
    app = site_that_raises(NotFound("gone"))
    show_errors_with(app, lambda problem: Response(f"<h1>{problem.title}</h1>", problem.status))

    assert app.test_client().get("/page").get_data(as_text=True) == "<h1>Not found</h1>"
    assert app.test_client().get("/api/fail").content_type == "application/problem+json"


def test_the_errors_of_the_framework_are_problems_too():
    client = site_that_raises(NotFound()).test_client()

    assert client.get("/api/unknown").get_json()["type"] == "urn:gacp:problem:not-found"
    assert client.delete("/api/fail").get_json()["title"] == "Method Not Allowed"
