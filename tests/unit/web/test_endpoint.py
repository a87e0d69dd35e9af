"""The thin layer: what comes in is read strictly, what goes out is what was declared."""

import io
from typing import Any

import pytest
from flask import Blueprint
from pydantic import Field, RootModel

from backend.web.endpoint import Answer, Endpoint, Input, endpoint
from backend.web.gates import mount, public
from backend.web.openapi import document
from tests.support.web import bare_app


class Farm(Input):
    """A farm."""

    name_th: str
    national_id: str = ""
    rai: int = Field(0, ge=0)
    organic: bool = False


class Search(Input):
    """A search."""

    limit: int = Field(10, ge=1, le=100)


class Anything(RootModel[dict[str, Any]]):
    """Any JSON object."""


class FarmAnswer(Answer):
    """What arrived."""

    farm_name: str


@pytest.fixture
def app():
    app, _ = bare_app()
    blueprint = Blueprint("farms", __name__, url_prefix="/api")

    @endpoint(blueprint, "POST", "/farms", "/old/farms", spec=Endpoint("Add", public, FarmAnswer, body=Farm, status=201))
    def add(body):
        return {"farmName": body.name_th, "nationalId": body.national_id, "more": True}

    @endpoint(blueprint, "GET", "/farms/<farm_id>", spec=Endpoint("Look", public, FarmAnswer, query=Search))
    def look(farm_id, query):
        return FarmAnswer(farm_name=f"{farm_id} {query.limit}")

    @endpoint(blueprint, "POST", "/files", spec=Endpoint("Send", public, FarmAnswer, form=Farm))
    def send(form, file):
        return {"farmName": form.national_id + file.filename}

    @endpoint(blueprint, "PATCH", "/anything", spec=Endpoint("Change", public, FarmAnswer, body=Anything))
    def change(body):
        return {"farmName": ",".join(body.root)}

    mount(app, blueprint)
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def post(client, raw, content_type="application/json"):
    return client.post("/api/farms", data=raw, content_type=content_type)


def test_camel_case_comes_in_and_goes_out(client):
    response = client.post("/api/farms", json={"nameTh": "สวนสายใจ"})

    assert response.status_code == 201
    assert response.get_json() == {"success": True, "farmName": "สวนสายใจ", "nationalId": "", "more": True}
    assert "สวนสายใจ" in response.get_data(as_text=True)


def test_one_view_answers_at_both_of_its_addresses(client):
    assert client.post("/api/old/farms", json={"nameTh": "x"}).status_code == 201


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 422),  # as if it were {}: clients name the type also where they send nothing
        (b'{"nameTh": NaN}', "application/json", 400),
        (b'{"nameTh": "\\ud800"}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"nameTh": "x"}', "text/plain", 415),
        (b"nameTh=x", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 422),
        (b"{}", "application/json", 422),
        (b'{"nameTh": 7}', "application/json", 422),
        (b'{"nameTh": "x", "rai": "7"}', "application/json", 422),
        (b'{"nameTh": "x", "rai": -1}', "application/json", 422),
        (b'{"nameTh": "x", "organic": "yes"}', "application/json", 422),
        (b'{"nameTh": "x", "unknown": 1}', "application/json", 422),
        (b'{"nameTh": "x\\u0000"}', "application/json", 422),
        (b'{"nameTh": "x", "rai": 9007199254740992}', "application/json", 422),
        (b'{"nameTh": "' + b"x" * 1024 * 1024 + b'"}', "application/json", 413),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_right_status(client, raw, content_type, status):
    assert post(client, raw, content_type).status_code == status


def test_each_wrong_field_is_named(client):
    errors = client.post("/api/farms", json={"rai": -1, "namTh": "x"}).get_json()["errors"]

    assert {error["field"] for error in errors} == {"nameTh", "rai", "namTh"}
    assert all(error["message"] for error in errors)


def test_a_number_that_programs_read_differently_is_named_wherever_it_hides(client):
    response = client.patch("/api/anything", json={"crops": [{"area": 2**53}]})

    assert [error["field"] for error in response.get_json()["errors"]] == ["crops.0.area"]


def test_a_body_of_optional_parts_may_be_absent(client):
    assert client.patch("/api/anything").get_json() == {"success": True, "farmName": ""}


def test_a_merge_patch_is_json_too(client):
    assert client.patch("/api/anything", data=b'{"a": 1}', content_type="application/merge-patch+json").status_code == 200


@pytest.mark.parametrize(("query", "status"), [("limit=7", 200), ("", 200), ("limit=0", 422), ("limit=x", 422), ("other=1", 422)])
def test_the_query_is_read_by_its_model(client, query, status):
    assert client.get(f"/api/farms/f1?{query}").status_code == status


def test_digits_in_a_form_stay_text(client):
    form = {"nameTh": "x", "nationalId": "0100000000010", "file": (io.BytesIO(b"x"), "id.jpg")}

    assert client.post("/api/files", data=form).get_json()["farmName"] == "0100000000010id.jpg"


def test_a_form_without_its_file_or_its_type_is_refused(client):
    assert client.post("/api/files", data={"nameTh": "x"}).status_code == 415
    assert client.post("/api/files", data={"nameTh": "x", "file": (io.BytesIO(b""), "")}).status_code == 422
    assert client.post("/api/files", json={"nameTh": "x"}).status_code == 415


def test_a_request_over_the_limit_is_refused_before_it_is_read(client):
    form = {"nameTh": "x", "file": (io.BytesIO(b"x" * (11 * 1024 * 1024)), "big.pdf")}

    assert client.post("/api/files", data=form).status_code == 413


def test_an_answer_that_breaks_its_declaration_is_our_fault(app):
    blueprint = Blueprint("broken", __name__, url_prefix="/api")
    endpoint(blueprint, "GET", "/broken", spec=Endpoint("Break", public, FarmAnswer))(dict)
    mount(app, blueprint)

    assert app.test_client().get("/api/broken").status_code == 500


def test_the_declaration_is_the_documentation(app):
    described = document(app)

    operation = described["paths"]["/api/farms"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Farm"}
    assert operation["responses"]["201"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/FarmAnswer"}
    assert "security" not in operation
    assert set(described["components"]["schemas"]["Farm"]["properties"]) == {"nameTh", "nationalId", "rai", "organic"}
    look = described["paths"]["/api/farms/{farm_id}"]["get"]
    assert [parameter["name"] for parameter in look["parameters"]] == ["farm_id", "limit"]
    assert "file" in described["paths"]["/api/files"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]["required"]
    operations = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
    assert len(set(operations)) == len(operations) == 5
