"""The OpenAPI document tells the truth: generated requests find no answer that it does not describe."""

import json
import re

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from backend.accounts.roles import Role
from backend.web.gates import gate_of, public
from tests.support.site import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("openapi"))
    yield site
    site.close()


@pytest.fixture
def api(site):
    return schemathesis.openapi.from_wsgi("/api/openapi.json", site.app)


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_described(case, site):
    headers = {"Authorization": site.sign_in(Role.ADMIN).environ_base["HTTP_AUTHORIZATION"]}

    case.call_and_validate(headers=headers)


def test_the_document_is_openapi_3_1_with_a_name_for_every_operation(site):
    document = site.stranger().get("/api/openapi.json").get_json()

    operations = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert document["openapi"].startswith("3.1")
    assert len(operations) == len(set(operations))


def test_every_json_route_is_in_the_document(site):
    described = site.stranger().get("/api/openapi.json").get_json()["paths"]
    rules = {rule.rule for rule in site.app.url_map.iter_rules() if rule.rule.startswith("/api/")} - {"/api/openapi.json", "/api/docs"}

    assert {re.sub(r"<(\w+)>", r"{\1}", rule) for rule in rules} <= set(described)


def test_what_needs_signing_in_says_so(site):
    described = site.stranger().get("/api/openapi.json").get_json()["paths"]
    for rule in site.app.url_map.iter_rules():
        path = described.get(re.sub(r"<(\w+)>", r"{\1}", rule.rule), {})
        for operation in path.values():
            assert ("security" in operation) is (gate_of(site.app, rule.endpoint) != public), rule.rule


def test_the_page_for_people_shows_every_path_and_needs_no_script(site):
    page = site.stranger().get("/api/docs").get_data(as_text=True)

    for path in json.loads(site.stranger().get("/api/openapi.json").data)["paths"]:
        assert path in page
    assert "<script" not in page
