"""Alerts over HTTP: for administrators, every act in the audit."""

from datetime import timedelta

import pytest

from backend.accounts.roles import Role
from backend.adapters.memory.documents import MemoryStore
from backend.audit.ports import AuditFilter
from backend.clock import to_iso
from tests.support.alerts import Watchtower, with_queue
from tests.support.site import THE_DAY, Site

MINUTE = timedelta(minutes=1)
ROUTES = [
    ("GET", ""),
    ("GET", "/history"),
    ("GET", "/rules"),
    ("GET", "/dry-run?rule=failed-jobs"),
    ("POST", "/test"),
    ("GET", "/silences"),
    ("POST", "/silences"),
    ("GET", "/silences/si_1"),
    ("PATCH", "/silences/si_1"),
    ("DELETE", "/silences/si_1"),
    ("GET", "/al_1"),
    ("POST", "/al_1/acknowledge"),
]


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def site(tmp_path, store):
    site = Site(tmp_path, store=store)
    yield site
    site.close()


@pytest.fixture
def admin(site):
    return site.sign_in(Role.ADMIN)


@pytest.fixture
def tower(site, store):
    """What the scheduler does, over the same store: a burst of failures fires, and failed jobs have piled up."""
    tower = Watchtower(store=store, clock=site.services.clock)
    tower.go_on(2 * MINUTE, with_queue(burst=12, counts={"failed": 11}))
    return tower


def acts(site):
    return [(entry.action, entry.outcome, entry.target, entry.reason) for entry in site.services.audit.page(AuditFilter()).items][::-1]


def ask(client, path="", method="get", **more):
    response = getattr(client, method)(f"/api/v1/alerts{path}", **more)
    assert response.status_code in {200, 201}, response.get_json()
    assert response.get_json()["success"] is True
    return response.get_json()


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_they_are_for_administrators_alone(site, method, path):
    assert site.stranger().open(f"/api/v1/alerts{path}", method=method).status_code == 401
    assert site.sign_in(Role.REVIEWER).open(f"/api/v1/alerts{path}", method=method).status_code == 403


def test_where_nothing_fires_the_list_is_empty(admin):
    shown = ask(admin)
    assert (shown["items"], shown["next"], shown["firing"]) == ([], None, {"warning": 0, "high": 0, "critical": 0})


def test_what_fires_is_listed_the_worst_first(admin, tower):
    shown = ask(admin)
    assert [(alert["slug"], alert["severity"], alert["state"]) for alert in shown["items"]] == [
        ("failure-burst", "high", "firing"),
        ("failed-jobs", "warning", "firing"),
    ]
    assert shown["firing"] == {"warning": 1, "high": 1, "critical": 0}
    assert [alert["slug"] for alert in ask(admin, "?slug=failed-jobs&queue=aiQc")["items"]] == ["failed-jobs"]
    assert ask(admin, "?queue=email")["items"] == []
    burst = shown["items"][0]
    assert burst["message"] == "Queue aiQc has 12 failures in the last 5 minutes"
    assert burst["messageTh"] == "คิว aiQc ล้มเหลว 12 งานใน 5 นาทีที่ผ่านมา"
    assert burst["runbook"] == "docs/runbooks/failure-burst.md"
    assert ask(admin, f"/{burst['id']}")["alert"] == burst


def test_all_that_was_raised_comes_by_pages(admin, tower):
    first = ask(admin, "?state=all&limit=1")
    second = ask(admin, f"?state=all&limit=1&cursor={first['next']}")
    assert {first["items"][0]["slug"], second["items"][0]["slug"]} == {"failure-burst", "failed-jobs"}
    assert second["next"] is None
    assert admin.get("/api/v1/alerts?cursor=x&state=all").status_code == 422
    assert admin.get("/api/v1/alerts?state=over").status_code == 422


def test_an_acknowledgement_is_shown_kept_and_in_the_audit(site, admin, tower):
    alert_id = ask(admin)["items"][0]["id"]
    shown = ask(admin, f"/{alert_id}/acknowledge", "post", json={"comment": "กำลังดู"})["alert"]
    me = admin.get("/api/v1/auth/me").get_json()["user"]["id"]
    assert shown["acknowledged"] == {"by": me, "at": to_iso(site.services.clock.now()), "comment": "กำลังดู"}
    assert acts(site)[-1] == ("alert.acknowledge", "done", alert_id, "กำลังดู")
    [line] = [each for each in ask(admin, f"/history?alertId={alert_id}")["items"] if each["what"] == "acknowledged"]
    assert (line["by"], line["detail"], line["slug"]) == (me, "กำลังดู", "failure-burst")
    assert ask(admin, f"/history?since={to_iso(site.services.clock.now() + MINUTE)}")["items"] == []
    assert admin.post("/api/v1/alerts/al_0/acknowledge", json={}).status_code == 404
    tower.go_on(20 * MINUTE, with_queue(), every=MINUTE)
    assert admin.post(f"/api/v1/alerts/{alert_id}/acknowledge", json={}).status_code == 409


def test_a_silence_is_made_moved_listed_and_ended(site, admin):
    body = {"matchers": {"queue": "aiQc"}, "until": to_iso(THE_DAY + timedelta(hours=1)), "reason": "move"}
    made = admin.post("/api/v1/alerts/silences", json=body)
    assert made.status_code == 201
    silence = made.get_json()["silence"]
    assert silence["author"] == site.services.accounts.find_by_email("a.admin@example.com").id
    assert silence["authorName"] == "a.admin"
    assert (silence["active"], silence["matchers"], silence["reason"]) == (True, {"queue": "aiQc"}, "move")
    longer = {"until": to_iso(THE_DAY + timedelta(hours=3))}
    assert ask(admin, f"/silences/{silence['id']}", "patch", json=longer)["silence"]["until"] == longer["until"]
    assert ask(admin, f"/silences/{silence['id']}")["silence"]["reason"] == "move"
    assert [each["id"] for each in ask(admin, "/silences")["items"]] == [silence["id"]]
    assert ask(admin, f"/silences/{silence['id']}", "delete")["silence"]["active"] is False
    assert ask(admin, "/silences")["items"] == []
    assert [each["id"] for each in ask(admin, "/silences?past=true")["items"]] == [silence["id"]]
    done = [(action, target) for action, outcome, target, _ in acts(site) if outcome == "done"]
    assert done == [("alert.silence", silence["id"])] * 2 + [("alert.unsilence", silence["id"])]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"matchers": {}}, "matchers"),
        ({"matchers": {"colour": "red"}}, "matchers.colour"),
        ({"until": "2026-11-02T03:00:00Z"}, "until"),
        ({"until": "tomorrow"}, "until"),
        ({"reason": ""}, "reason"),
        ({"who": "me"}, "who"),
    ],
)
def test_a_silence_that_is_wrong_is_refused_by_field(admin, changes, field):
    right = {"matchers": {"queue": "aiQc"}, "until": "2026-11-02T09:00:00Z", "reason": "move"}
    response = admin.post("/api/v1/alerts/silences", json=right | changes)
    assert response.status_code == 422
    assert field in [error["field"] for error in response.get_json()["errors"]]


def test_the_rules_are_listed_with_the_thresholds_in_force(tmp_path):
    site = Site(tmp_path, store=MemoryStore(), ALERT_FAILED_JOBS="3", ALERT_EMAIL_TO="desk@office.example")
    shown = ask(site.sign_in(Role.ADMIN), "/rules")
    failed = next(rule for rule in shown["rules"] if rule["slug"] == "failed-jobs")
    assert failed["levels"] == [{"severity": "warning", "threshold": 3, "variable": "ALERT_FAILED_JOBS"}]
    assert shown["channels"] == ["log", "email"]
    site.close()


def test_a_dry_run_answers_with_times_and_thresholds(admin, tower):
    shown = ask(admin, "/dry-run?rule=failed-jobs&warning=5&period=1h")
    assert (shown["times"], shown["alerts"][0]["labels"]) == (1, {"queue": "aiQc"})
    assert shown["levels"] == [{"severity": "warning", "threshold": 5}]
    assert ask(admin, "/dry-run?rule=refunds")["known"] is False
    assert admin.get("/api/v1/alerts/dry-run?rule=nosuch").status_code == 404
    assert admin.get("/api/v1/alerts/dry-run?rule=failed-jobs&critical=5").status_code == 422


def test_a_test_of_the_channels_says_what_arrived_and_is_in_the_audit(site, admin):
    assert ask(admin, "/test", "post", json={})["channels"] == [{"channel": "log", "arrived": True, "error": None}]
    assert admin.post("/api/v1/alerts/test", json={"channel": "pager"}).status_code == 404
    assert [(action, outcome) for action, outcome, _, _ in acts(site)][-3:] == [
        ("alert.test", "done"),
        ("alert.test", "begun"),
        ("alert.test", "refused"),
    ]


def test_health_of_the_queues_stays_as_it_is(admin, tower):
    assert admin.get("/api/v1/queue/health").get_json()["alerts"] == []
