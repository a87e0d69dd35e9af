"""Administrators' requests are in the audit, and administrators alone can read it."""

import pytest

from backend.accounts.roles import Role
from backend.adapters.documents.store import StoreUnavailable
from backend.adapters.memory.documents import MemoryStore
from backend.web.endpoint import spec_of
from backend.web.gates import gate_of
from tests.support.site import Site


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path, store=MemoryStore())
    yield site
    site.close()


def entries(site, **query):
    response = site.sign_in(Role.ADMIN).get("/api/v1/audit", query_string=query)
    assert response.status_code == 200, response.get_json()
    return response.get_json()["items"]


def test_a_pause_over_http_is_in_the_audit_with_everything(site):
    admin = site.sign_in(Role.ADMIN)
    admin.post("/api/v1/queue/aiQc/pause", headers={"X-Request-ID": "req-12345678"})
    ended, begun = entries(site)
    assert (begun["outcome"], ended["outcome"], ended["begun"]) == ("begun", "done", begun["seq"])
    assert ended["by"] == {
        "id": admin.get("/api/v1/auth/me").get_json()["user"]["id"],
        "role": "ADMIN",
        "email": "a***@example.com",
        "origin": "127.0.0.1",
    }
    assert (ended["action"], ended["target"], ended["requestId"]) == ("queue.pause", "aiQc", "req-12345678")
    assert (ended["before"], ended["after"]) == ({"paused": []}, {"paused": ["aiQc"]})
    assert site.services.audit.verify().whole


def test_what_is_refused_is_in_the_audit_too(site):
    assert site.sign_in(Role.ADMIN).post("/api/v1/queue/nosuch/resume").status_code == 404
    assert [(entry["action"], entry["target"], entry["outcome"]) for entry in entries(site)] == [
        ("queue.resume", "nosuch", "refused"),
        ("queue.resume", "nosuch", "begun"),
    ]


def test_all_queues_are_a_target_too(site):
    site.sign_in(Role.ADMIN).post("/api/v1/queue/clean")
    assert [(entry["action"], entry["target"]) for entry in entries(site)] == [("queue.clean", "all")] * 2


def test_the_audit_is_filtered_and_paged(site):
    admin = site.sign_in(Role.ADMIN)
    for queue in ("aiQc", "email"):
        admin.post(f"/api/v1/queue/{queue}/pause")
    first = admin.get("/api/v1/audit?limit=3").get_json()
    rest = admin.get("/api/v1/audit", query_string={"limit": 3, "cursor": first["next"]}).get_json()
    assert [entry["seq"] for entry in first["items"] + rest["items"]] == [4, 3, 2, 1]
    assert rest["next"] is None
    assert [entry["target"] for entry in entries(site, target="email", outcome="done")] == ["email"]
    assert entries(site, action="queue.resume") == []
    assert entries(site, since="2027-01-01T00:00:00Z") == []
    assert admin.get("/api/v1/audit?action=queue.explode").status_code == 422
    assert admin.get("/api/v1/audit?since=2027-01-01").status_code == 422


@pytest.mark.parametrize("role", [Role.FARMER, Role.REVIEWER, Role.APPROVER])
def test_nobody_else_reads_it(site, role):
    assert site.sign_in(role).get("/api/v1/audit").status_code == 403
    assert site.stranger().get("/api/v1/audit").status_code == 401


def test_every_act_of_an_administrator_over_http_goes_into_the_audit(site):
    """A route that only administrators may enter and that changes something names its act."""
    silent = [
        rule.rule
        for rule in site.app.url_map.iter_rules()
        if rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
        and (gate := gate_of(site.app, rule.endpoint)).roles == frozenset({Role.ADMIN})
        and gate.name == "roles"
        and (spec := spec_of(site.app.view_functions[rule.endpoint])) is not None
        and spec.act is None
    ]
    assert silent == []


class Forgetful(MemoryStore):
    """Cannot write into the audit."""

    def insert(self, collection, document):
        if collection == "audit":
            raise StoreUnavailable("the audit is away")
        super().insert(collection, document)


def test_what_cannot_be_written_down_is_not_done(tmp_path):
    site = Site(tmp_path, store=Forgetful())
    response = site.sign_in(Role.ADMIN).post("/api/v1/queue/pause")
    assert (response.status_code, "Retry-After" in response.headers) == (503, True)
    assert site.services.queue_control.paused() == []
    site.close()
