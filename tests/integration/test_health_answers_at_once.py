"""Health answers while a server hangs: it says so, and nobody who asks waits for it."""

import socket
import threading
import time

import pytest

from backend.adapters.mongo.store import MongoStore
from backend.queues.checkup import Checkup
from backend.queues.checkup.looking import Looks
from backend.queues.checkup.thresholds import thresholds
from backend.queues.circuit import TRIAL_AFTER
from backend.settings import load
from tests.support.hanging_store import HangingStore
from tests.support.queue_runs import until
from tests.support.queues import Desk
from tests.support.redis_server import RedisServer
from tests.support.rq_site import RqSite
from tests.support.site import Site

pytestmark = [pytest.mark.servers, pytest.mark.slow]
TOKEN = "a token for what watches us"
PATHS = ("/healthz", "/readyz", "/api/v1/health/queues", "/api/health/queues", "/api/apps/gacp/health")
AT_ONCE_S = 0.05


def watcher(site):
    client = site.stranger()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def quickest(client, path, tries=60):
    """How long the answer took at best: a busy machine can make anything slow, and nothing quick."""
    shortest = float("inf")
    for _ in range(tries):
        shortest = min(shortest, timed(lambda: client.get(path)))
        if shortest < AT_ONCE_S:
            break
    return shortest


def answers_at_once(client):
    """Each path, many times while the server hangs for a minute: one wait for it would be seen."""
    began = time.monotonic()
    for path in PATHS:
        assert quickest(client, path) < AT_ONCE_S, path
    for _ in range(20):
        for path in PATHS:
            client.get(path)
    assert time.monotonic() - began < 30


def test_a_document_store_that_hangs_is_told_and_not_waited_for(tmp_path):
    store = HangingStore()
    site = Site(tmp_path, store=store, MONITORING_TOKEN=TOKEN)
    client = watcher(site)
    assert until(lambda: client.get("/api/v1/health/queues").get_json()["status"] == "healthy")
    try:
        store.hang()
        answers_at_once(client)
        assert until(lambda: client.get("/readyz").status_code == 503)
        assert client.get("/readyz").get_json()["documents"] == "down"
        assert client.get("/healthz").status_code == 200
        body = client.get("/api/v1/health/queues")
        assert (body.status_code, body.get_json()["status"], body.get_json()["observed"]["stale"]) == (503, "unhealthy", True)
        assert "documents: The document store does not answer: the numbers" in body.get_json()["issues"][0]
        assert body.get_json()["observed"]["queuesAge"] > 0
        app = client.get("/api/apps/gacp/health")
        assert (app.status_code, app.get_json()["checks"]["database"]["status"]) == (503, "disconnected")
        answers_at_once(client)
        assert store.waiting <= 2, "one look each, and no more while it hangs"
    finally:
        store.go_on()
    assert until(lambda: client.get("/readyz").status_code == 200)
    assert until(lambda: client.get("/api/v1/health/queues").get_json()["status"] == "healthy")
    site.close()


def test_a_process_whose_document_store_hangs_from_its_first_moment_says_that_nothing_is_known(tmp_path):
    store = HangingStore()
    site = Site(tmp_path, store=store, MONITORING_TOKEN=TOKEN)
    client = watcher(site)
    store.hang()
    try:
        first = client.get("/api/v1/health/queues").get_json()
        assert (first["status"], first["observed"]["queuesAge"]) == ("degraded", None)
        assert until(lambda: client.get("/api/v1/health/queues").status_code == 503)
        answers_at_once(client)
    finally:
        store.go_on()
        site.close()


def test_a_redis_that_hangs_is_told_and_not_waited_for(tmp_path):
    server = RedisServer(tmp_path / "valkey")
    site = RqSite(tmp_path, server.url, MONITORING_TOKEN=TOKEN, REDIS_DEADLINE_MS="250")
    client = watcher(site)
    assert until(lambda: client.get("/readyz").get_json()["redis"] == "up")
    assert until(lambda: client.get("/api/v1/health/queues").get_json()["redis"]["clients"] is not None)
    try:
        server.hang()
        answers_at_once(client)
        assert until(lambda: client.get("/readyz").get_json() == {"status": "degraded", "documents": "up", "redis": "away"})
        assert client.get("/readyz").status_code == 200
        body = client.get("/api/v1/health/queues")
        assert (body.status_code, body.get_json()["redis"]["connectionStatus"]) == (503, "disconnected")
        assert body.get_json()["redis"]["memory"]["used"] != "0.0MB", "what was seen last"
        assert client.get("/api/apps/gacp/health").get_json()["checks"]["redis"]["status"] == "disconnected"
        answers_at_once(client)
        server.go_on()
        site.services.clock.move(TRIAL_AFTER)
        assert until(lambda: client.get("/readyz").get_json()["redis"] == "up")
    finally:
        server.kill()
        site.close()


def test_a_mongodb_that_takes_the_call_and_never_answers_is_told_and_not_waited_for():
    desk, limits = Desk(), thresholds(load())
    looks = Looks(
        desk.platform.outside,
        circuit=desk.platform.circuit,
        numbers=desk.platform.numbers,
        redis=None,
        span=limits.window,
        idle=limits.idle,
        silent=limits.silent,
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = MongoStore(f"mongodb://127.0.0.1:{silent.getsockname()[1]}", "gacp")
        checkup = Checkup(store.ping, looks, limits, desk.clock, inline=1)
        try:
            assert until(lambda: checkup.readiness().documents == "down")
            assert until(lambda: checkup.report().verdict.status == "unhealthy")
            assert min(timed(checkup.readiness) for _ in range(20)) < AT_ONCE_S
            assert min(timed(checkup.report) for _ in range(20)) < AT_ONCE_S
            assert sum(thread.name == "checkup-documents" for thread in threading.enumerate()) == 1
        finally:
            checkup.close()
            store.close()


def timed(call):
    began = time.monotonic()
    call()
    return time.monotonic() - began
