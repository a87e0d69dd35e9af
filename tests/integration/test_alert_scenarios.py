"""What was raised, when, how often and when it ended: a provider that fails, a worker that stops, a Redis that is wiped."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from backend.accounts.roles import Role
from backend.bootstrap import Parts, build
from backend.clock import FrozenClock
from backend.queues.alerts.lifecycle import find
from backend.queues.scheduling import SchedulerLoop
from backend.scheduler import duties
from backend.settings import load
from tests.support.local_http import LocalHttp, Reply
from tests.support.queue_runs import until
from tests.support.redis_server import RedisServer
from tests.support.site import Site
from tests.support.smtp import header, smtp_server
from tests.support.stack import ROOT

MINUTE = timedelta(minutes=1)
STEP = timedelta(seconds=15)


class Pager(LocalHttp):
    """A webhook that takes everything."""

    def answer(self, request):
        return Reply(200)

    def told(self):
        return [(each.body["kind"], each.body["status"], [alert["slug"] for alert in each.body["alerts"]]) for each in self.requests]

    def over(self):
        """The alerts that were told to be over."""
        return [alert["slug"] for each in self.requests for alert in each.body["alerts"] if alert["state"] == "resolved"]


@pytest.fixture
def pager():
    with Pager() as pager:
        yield pager


class OnCall:
    """A scheduler's look at a real deployment, at a time that the test sets."""

    def __init__(self, services):
        self.services = services
        self.alerting = services.alerting

    def pass_time(self, length, step=STEP):
        for _ in range(int(length / step)):
            self.services.clock.move(step)
            self.alerting.watch.look()
            self.alerting.courier.kick()

    @property
    def firing(self):
        return {(alert.slug, alert.queue) for alert in self.alerting.book.firing()}

    def happened(self, slug, *kinds):
        """Kind and time of what happened to the alerts of a rule, the oldest first."""
        found = self.alerting.book.history(slug=slug, limit=200).items
        return [(entry.what, entry.at) for entry in reversed(found) if entry.what in kinds]


def test_a_provider_that_fails_twelve_times_in_five_minutes(tmp_path, pager):
    with smtp_server() as server:
        server.script.answer("RCPT", *["550 no such mailbox"] * 12)
        site = Site(
            tmp_path,
            SMTP_URL=f"smtp://127.0.0.1:{server.port}?tls=none",
            ALERT_EMAIL_TO="desk@office.example",
            ALERT_WEBHOOK_URL=pager.url,
            ALERT_WEBHOOK_SECRET="a secret of many characters",
        )
        on_call = OnCall(site.services)
        farmer = site.sign_in()
        began = site.services.clock.now()
        for _ in range(6):
            site.submitted(farmer)
            on_call.pass_time(STEP)
        failed = site.services.queue_control.stats()["email"]["failed"]
        while failed < 12:
            site.submitted(farmer)
            failed = site.services.queue_control.stats()["email"]["failed"]
        on_call.pass_time(MINUTE)
        assert ("failure-burst", "email") in on_call.firing
        [burst] = on_call.alerting.book.page(slug="failure-burst").items
        shown = burst.to_json()
        assert (shown["severity"], shown["title"]) == ("high", "High Failure Rate Detected")
        assert shown["message"] == f"Queue email has {failed} failures in the last 5 minutes"
        assert shown["context"].keys() == {"queueName", "failureCount", "threshold", "recentJobId", "error"}
        assert (shown["context"]["queueName"], shown["context"]["failureCount"], shown["context"]["threshold"]) == ("email", failed, 10)
        assert site.services.queues.get(shown["context"]["recentJobId"]).state == "failed"
        assert "550" in shown["context"]["error"]
        on_call.pass_time(25 * MINUTE, step=MINUTE)
        assert until(lambda: len(pager.requests) >= 3)
        [raised], [resolved] = on_call.happened("failure-burst", "raised"), on_call.happened("failure-burst", "resolved")
        assert began < raised[1] <= began + 3 * MINUTE
        assert timedelta(minutes=19) < resolved[1] - raised[1] < timedelta(minutes=23)  # 5 in the window, 15 to be sure of it
        assert on_call.happened("failure-burst", "escalated") == []  # it had calmed down by then
        letters = [header(letter.message, "Subject") for letter in server.received if letter.recipients == ("desk@office.example",)]
        assert sum("High Failure Rate" in subject for subject in letters) == 2  # one when it was raised, one when it was over
        assert sum("RESOLVED" in subject for subject in letters) == 1
        admin = site.sign_in(Role.ADMIN)
        assert [each["state"] for each in admin.get("/api/v1/alerts?state=all&slug=failure-burst").get_json()["items"]] == ["resolved"]
        site.close()


@pytest.fixture
def redis_server(tmp_path):
    folder = tmp_path / "redis"
    folder.mkdir()
    server = RedisServer(folder)
    yield server
    server.kill()


def deployment(tmp_path, server, pager):
    variables = {
        "GACP_ENV": "test",
        "DATA_DIR": str(tmp_path / "var"),
        "ENABLE_QUEUE": "true",
        "REDIS_URL": server.url,
        "REDIS_DEADLINE_MS": "2000",
        "ALERT_WEBHOOK_URL": pager.url,
        "ALERT_WEBHOOK_SECRET": "a secret of many characters",
    }
    now = datetime.now(UTC).replace(microsecond=0)
    return build(load(**variables), Parts(clock=FrozenClock(now))), variables


def unserved(services):
    """The rules that are broken now, by name."""
    found = find(services.alerting.book.rules, services.alerting.watch.read()).known.values()
    return {each.rule.name for each in found if each.level}


@pytest.mark.slow
@pytest.mark.servers
def test_a_worker_that_is_stopped(tmp_path, redis_server, pager):
    services, variables = deployment(tmp_path, redis_server, pager)
    on_call = OnCall(services)
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}} | variables
    worker = subprocess.Popen([sys.executable, "-m", "backend.console", "worker", "--alone"], cwd=ROOT, env=environment)
    try:
        assert until(lambda: "worker-lost" not in unserved(services))
        worker.send_signal(signal.SIGTERM)
        worker.wait(60)
    finally:
        worker.kill()
        worker.wait()
    stopped = services.clock.now()
    on_call.pass_time(2 * MINUTE)
    assert on_call.firing == {("worker-lost", "")}
    [(_, raised)] = on_call.happened("worker-lost", "raised")
    assert MINUTE <= raised - stopped <= 2 * MINUTE
    assert until(lambda: pager.requests)
    assert pager.told() == [("news", "firing", ["worker-lost"])]
    assert pager.requests[0].body["alerts"][0]["message"] == "No worker serves queue aiQc, email, calendar, report"
    services.close()


@pytest.mark.slow
@pytest.mark.servers
def test_a_redis_that_is_wiped(tmp_path, redis_server, pager):
    services, _ = deployment(tmp_path, redis_server, pager)
    on_call = OnCall(services)
    services.queues.submit("clean_jobs", {}, delay=3_600_000)
    redis_server.stop()
    redis_server.forget()
    down = services.clock.now()
    on_call.pass_time(3 * MINUTE)
    assert ("redis-down", "") in on_call.firing
    redis_server.start()
    up = services.clock.now()
    on_call.pass_time(MINUTE)
    services.queue_platform.recovery.relay()
    on_call.pass_time(20 * MINUTE, step=MINUTE)
    [raised], [resolved] = on_call.happened("redis-down", "raised"), on_call.happened("redis-down", "resolved")
    assert timedelta(seconds=15) <= raised[1] - down <= MINUTE
    assert timedelta(minutes=15) <= resolved[1] - up <= timedelta(minutes=17)
    assert until(lambda: pager.over() == ["redis-down"])
    about_redis = [told for told in pager.told() if "redis-down" in told[2]]
    assert about_redis[0] == ("news", "firing", ["redis-down"])  # what follows from it is muted
    services.close()


def a_scheduler(services):
    outside = services.queue_platform.outside
    return SchedulerLoop(duties(services.settings, services), outside.leadership, outside.clock, owner=str(id(services)))


@pytest.mark.parametrize("queue", ["true", "false"])
def test_the_scheduler_evaluates_in_every_mode_and_only_the_one_that_leads(tmp_path, queue):
    variables = {"GACP_ENV": "test", "DATA_DIR": str(tmp_path), "ENABLE_QUEUE": queue, "REDIS_URL": "redis://127.0.0.1:1"}
    clock = FrozenClock(datetime(2026, 11, 2, 5, 0, tzinfo=UTC))
    first, second = (build(load(**variables), Parts(clock=clock)) for _ in range(2))
    loops = [
        SchedulerLoop(duties(each.settings, each), each.queue_platform.outside.leadership, clock, owner=str(id(each)))
        for each in (first, second)
    ]
    turns = []
    for _ in range(8):
        turns.append([loop.turn() for loop in loops])
        clock.move(STEP)
    assert all("evaluate alerts" in leads for leads, _ in turns)
    assert all(stands_by == [] for _, stands_by in turns)
    firing = {alert.slug for alert in first.alerting.book.firing()}
    assert ("redis-down" in firing) == (queue == "true")
    for each in (first, second):
        each.close()
