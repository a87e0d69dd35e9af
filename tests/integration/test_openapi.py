"""The OpenAPI document tells the truth: generated requests find no answer that it does not describe."""

import json
import re

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from backend.accounts.roles import Role
from backend.web.gates import gate_of, public
from tests.support.site import Site

EXAMPLES = 10  # per operation and mode: seconds, not minutes


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("openapi"))
    yield site
    site.close()


BOUNDED = settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_described(site, subtests, mode):
    """Requests that follow the document, and requests that break it, of every operation.

    What follows the document may still break a rule of the department, so not every such request has to succeed.
    """
    api = schemathesis.openapi.from_wsgi("/api/openapi.json", site.app)
    for operation in (result.ok() for result in api.get_all_operations()):
        if mode is GenerationMode.NEGATIVE and not _can_be_broken(operation):
            continue
        name = "logout" if "logout" in operation.label else "a"  # who signs out there must not be missed elsewhere
        headers = {"Authorization": site.sign_in(Role.ADMIN, name).environ_base["HTTP_AUTHORIZATION"]}

        with subtests.test(operation.label):
            _examine(operation, mode, headers)


def _examine(operation, mode, headers):
    @BOUNDED
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case):
        # In a query everything is text: a list of one, or of something that is not sent, cannot be told from what is right.
        unclear = [negative_data_rejection] if any(isinstance(value, list | dict) for value in (case.query or {}).values()) else []
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance, *unclear])

    holds()


def _can_be_broken(operation):
    return bool(operation.body) or bool(operation.query)


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
