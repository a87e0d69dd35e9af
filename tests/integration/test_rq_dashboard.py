"""rq-dashboard at /admin/rq over HTTP: every route of the upstream package, who may enter, and what its buttons really do."""

import re
import time

import pytest
import rq_dashboard
from flask import Flask
from rq_dashboard.web import setup_rq_connection

from backend.accounts.roles import Role
from backend.audit.ports import AuditFilter
from backend.pages.rq import acts, data, pages
from backend.pages.rq.routes import STATIC, make_blueprint, upstream_rules
from tests.support.redis_server import RedisServer
from tests.support.rq_site import RqSite
from tests.support.site import PASSWORD, Site

pytestmark = pytest.mark.servers
LOOKS, ACTS = pages.VIEWS | data.VIEWS, acts.VIEWS
KNOWN = {
    "instance_number": 0,
    "queue_name": "report",
    "registry_name": "queued",
    "per_page": 8,
    "order": "asc",
    "page": 1,
    "job_id": "waits",
}
FILE = {"filename": "js/jquery-3.5.1.min.js"}


ARGUMENT = r"<(?:\w+:)?(\w+)>"


def address(rule, **odd):
    """Where the rule leads with these arguments."""
    return re.sub(ARGUMENT, lambda part: str((KNOWN | FILE | odd)[part[1]]), f"/admin/rq{rule}")


ROUTES = [(address(rule), name, rule) for rule, name, *_ in upstream_rules()]
ROUTE = pytest.mark.parametrize(("path", "name", "rule"), ROUTES, ids=[path for path, *_ in ROUTES])


@pytest.fixture(scope="module")
def site(tmp_path_factory, valkey_url):
    site = RqSite(tmp_path_factory.mktemp("rq"), valkey_url)
    yield site
    site.close()


@pytest.fixture
def admin(site, redis_url):
    site.services.queue_platform.job_control.remove("waits")
    site.wait_in_line("waits")
    return site.sign_in(Role.ADMIN)


def test_somebody_has_decided_about_every_route_of_this_rq_dashboard():
    assert {name for _, name, _, _ in upstream_rules()} == {*LOOKS, *ACTS, STATIC}
    assert not LOOKS.keys() & ACTS.keys()


def test_a_view_that_nobody_decided_about_is_not_mounted():
    app = Flask("some", static_folder=None)
    app.register_blueprint(make_blueprint({"queues_overview": LOOKS["queues_overview"]}, {"requeue_all": ACTS["requeue_all"]}))
    mounted = {(rule.endpoint.partition(".")[2], *(rule.methods - {"HEAD", "OPTIONS"})) for rule in app.url_map.iter_rules()}
    assert mounted == {("queues_overview", "GET"), ("requeue_all", "POST"), ("static", "GET")}


@ROUTE
@pytest.mark.usefixtures("admin")
def test_only_administrators_enter(site, path, name, rule):
    method = "POST" if name in ACTS else "GET"
    stranger = site.stranger().open(path, method=method)
    if stranger.status_code == 308:  # the longer address of the way in, which says nothing to anybody
        stranger = site.stranger().get(stranger.headers["Location"])
    if name in pages.VIEWS or name in {STATIC, "favicon"}:
        assert (stranger.status_code, stranger.headers["Location"].partition("?")[0]) == (302, "/sign-in")
    else:
        assert stranger.status_code == 401
    for role in (Role.FARMER, Role.REVIEWER, Role.INSPECTOR, Role.APPROVER):
        assert site.sign_in(role).open(path, method=method, follow_redirects=True).status_code == 403
    assert site.state("waits") == "waiting"


@ROUTE
def test_looking_is_get_acting_is_post_and_nothing_else_is_open(site, admin, path, name, *, rule):
    open_method = "POST" if name in ACTS else "GET"
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {open_method}:
        assert admin.open(path, method=method).status_code == 405, method
    assert site.state("waits") == "waiting"
    response = admin.open(path, method=open_method, follow_redirects=True)
    assert response.status_code in ({200, 409} if name in ACTS else {200}), response.text
    if name not in {STATIC, "favicon"}:
        assert response.headers["Cache-Control"] == "no-store"
    assert "'unsafe-eval'" not in response.headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in response.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("path", [path for path, name, _ in ROUTES if name in ACTS])
@pytest.mark.parametrize("change", [{"token": ""}, {"token": "forged"}, {"origin": "https://elsewhere.example"}], ids=str)
def test_an_act_needs_the_token_of_our_page(site, path, change):
    browser = site.stranger()
    site.sign_in(Role.ADMIN, "b")
    browser.post("/api/v1/auth/login", json={"email": "b.admin@example.com", "password": PASSWORD})
    page = browser.get("/admin/rq/0/view/jobs/report/queued/8/asc/1").text
    [token] = re.findall(r'data-csrf="([^"]+)"', page)

    origin = {"Origin": change["origin"]} if "origin" in change else {}
    refused = browser.post(path, headers={"X-CSRFToken": change.get("token", token)} | origin)

    assert (refused.status_code, refused.content_type) == (403, "application/problem+json")
    assert site.state("waits") == "waiting"
    assert browser.post(path, headers={"X-CSRFToken": token}).status_code in {200, 409}


ODD = ["x", "0", "-1", "1e3", "9" * 30, "%00", "..", "%2e%2e", "<script>", "๑", "job:run", "{{7*7}}"]


@pytest.mark.parametrize("odd", ODD)
@ROUTE
def test_no_argument_is_an_accident(admin, path, name, *, rule, odd):
    for argument in set(re.findall(ARGUMENT, rule)):
        asked = address(rule, **{argument: odd})
        response = admin.open(asked, method="POST" if name in ACTS else "GET")
        assert response.status_code in {200, 302, 308, 404, 405, 409, 422}, f"{asked}: {response.status_code}"
        assert odd != "<script>" or response.content_type != "text/html; charset=utf-8" or odd not in response.text


def test_what_its_scripts_fetch_has_the_shape_that_rq_dashboard_gives_it(site, admin, redis_url):
    app = Flask("upstream", static_folder=None)
    app.config["RQ_DASHBOARD_REDIS_URL"] = redis_url
    app.register_blueprint(rq_dashboard.blueprint, url_prefix="/admin/rq")
    setup_rq_connection(app)
    theirs = app.test_client()
    site.finish("shown")
    site.fail("broken")
    for path in ("queues", "jobs/report/queued/8/asc/1", "jobs/report/finished/8/asc/1", "jobs/email/failed/8/asc/1"):
        expected, found = (client.get(f"/admin/rq/0/data/{path}.json").get_json() for client in (theirs, admin))
        if path == "queues":
            ours = {queue["name"]: queue for queue in found["queues"]}
            assert [ours[queue["name"]] for queue in expected["queues"]] == expected["queues"]
        else:
            assert expected["pagination"] == found["pagination"]
            for left, right in zip(expected["jobs"], found["jobs"], strict=True):
                assert left.keys() <= right.keys()
                assert [left[key] for key in ("id", "description", "exc_info")] == [right[key] for key in ("id", "description", "exc_info")]


def test_a_job_is_shown_beside_what_the_ledger_says(site, admin):
    shown = admin.get("/admin/rq/0/data/job/waits.json").get_json()
    assert (shown["origin"], shown["status"], shown["ledger"], shown["description"]) == ("report", "queued", "waiting", "clean_jobs")


def test_delete_removes_the_job_from_the_ledger_and_from_redis(site, admin):
    assert admin.post("/admin/rq/job/waits/delete").get_json()["count"] == 1
    assert site.services.window.job("waits") is None
    assert all(job.id != "waits" for job in site.services.queues.list(limit=100).items)
    assert admin.post("/admin/rq/job/waits/delete").status_code == 404


def test_delete_takes_away_what_only_redis_has(site, admin, redis):
    redis.hset("rq:job:stray", mapping={"origin": "report", "status": "queued", "data": "x"})
    redis.rpush("rq:queue:report", "stray")
    assert admin.post("/admin/rq/job/stray/delete").status_code == 200
    assert redis.lrange("rq:queue:report", 0, -1) == [b"waits"]


def test_a_running_job_is_not_deleted_behind_its_workers_back(site, admin):
    site.take("runs")
    response = admin.post("/admin/rq/queue/report/started/empty")
    assert response.status_code == 409
    assert "gacp jobs cancel" in response.get_json()["detail"]
    assert site.services.window.counts()["report"]["started"] == 1


def test_requeue_is_one_more_attempt_by_the_ledger(site, admin):
    site.fail("fails")
    assert admin.post("/admin/rq/job/waits/requeue").status_code == 409, "it has not failed"
    assert admin.post("/admin/rq/job/fails/requeue").get_json()["status"] == "OK"
    assert site.state("fails") == "waiting"
    assert site.services.window.job("fails").status == "queued"
    site.services.job_control.remove("fails")


def test_requeue_all_is_of_the_whole_queue(site, admin):
    admin.post("/admin/rq/queue/email/failed/empty")
    for name in ("one", "two"):
        site.fail(name)
    assert admin.get("/admin/rq/requeue/email").status_code == 405
    assert site.state("one") == "failed"
    assert admin.post("/admin/rq/requeue/email").get_json()["count"] == 2
    assert {site.state("one"), site.state("two")} == {"waiting"}
    assert admin.post("/admin/rq/queue/email/queued/empty").get_json()["count"] == 2


@pytest.mark.parametrize(
    ("make", "queue", "registry"),
    [
        ("wait_in_line", "report", "queued"),
        ("schedule", "report", "scheduled"),
        ("finish", "report", "finished"),
        ("fail", "email", "failed"),
    ],
)
def test_emptying_removes_what_the_registry_stands_for_and_the_page_says_how_many(site, admin, make, queue, registry):
    site.services.job_control.remove("waits")
    before = site.services.rq_acts.counted(queue, registry)
    getattr(site, make)(f"one-{registry}")
    page = admin.get(f"/admin/rq/0/view/jobs/{queue}/{registry}/8/asc/1?lang=en").text
    assert f"This removes {before + 1} jobs" in page
    assert admin.post(f"/admin/rq/queue/{queue}/{registry}/empty").get_json()["count"] == before + 1
    assert site.services.window.counts()[queue][registry] == 0
    assert site.services.rq_acts.counted(queue, registry) == 0


@pytest.mark.parametrize("registry", ["deferred", "canceled"])
def test_what_our_queues_do_not_have_cannot_be_emptied(admin, registry):
    assert admin.post(f"/admin/rq/queue/report/{registry}/empty").status_code == 409


def test_compacting_would_lose_the_order_and_is_refused_with_the_right_way(site, admin):
    site.wait_in_line("urgent", priority=1)
    response = admin.post("/admin/rq/queue/report/compact")
    assert response.status_code == 409
    assert "gacp queue reconcile --fix" in response.get_json()["detail"]
    assert [job.id for job in site.services.window.jobs("report", "queued", 0, 9).jobs] == ["urgent", "waits"]


def test_every_act_is_in_the_audit_and_so_is_what_was_refused(site, admin):
    admin.post("/admin/rq/job/waits/delete")
    admin.post("/admin/rq/queue/report/compact")

    refused, _, done, begun = site.services.audit.page(AuditFilter(action="rq.act"), limit=4).items

    assert [(entry.target, entry.outcome) for entry in (begun, done, refused)] == [
        ("delete/waits", "begun"),
        ("delete/waits", "done"),
        ("compact/report", "refused"),
    ]
    assert (done.by.role, done.before, done.after) == ("ADMIN", {"state": "waiting"}, {"count": 1})


def test_without_a_queue_the_page_says_so(tmp_path):
    site = Site(tmp_path)
    admin = site.sign_in(Role.ADMIN)
    page = admin.get("/admin/rq/")
    assert page.status_code == 200
    assert "ENABLE_QUEUE" in page.text
    assert "ปิดการใช้คิว" in page.text
    assert "Queues are switched off" in page.text
    assert admin.get("/admin/rq/0/data/queues.json").status_code == 409
    assert admin.post("/admin/rq/requeue/email").status_code == 409
    site.close()


def test_while_redis_hangs_every_page_says_so_within_the_deadline(tmp_path):
    server = RedisServer(tmp_path / "valkey")
    site = RqSite(tmp_path, server.url, REDIS_DEADLINE_MS="250")
    admin = site.sign_in(Role.ADMIN)
    try:
        admin.get("/admin/rq/0/view/workers")
        server.hang()
        waits = []
        for path, name, _ in ROUTES:
            if name in {STATIC, "favicon"}:
                continue
            began = time.monotonic()
            response = admin.open(path, method="POST" if name in ACTS else "GET", follow_redirects=True)
            waits.append(time.monotonic() - began)
            assert response.status_code == 503
            assert response.headers["Retry-After"]
            if name in pages.VIEWS:
                assert "Redis does not answer" in response.text
                assert "ติดต่อ Redis ไม่ได้" in response.text
            else:
                assert response.content_type == "application/problem+json"
        assert sorted(waits)[len(waits) // 2] < 0.25, "the circuit is open: nobody asks"
    finally:
        server.kill()
        site.close()
