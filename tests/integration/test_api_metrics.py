"""The page that Prometheus reads: who gets it, what is on it, and that nothing which is away holds it up."""

import time
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.accounts.roles import Role
from backend.adapters.memory.documents import MemoryStore
from backend.queues.circuit import TRIAL_AFTER
from tests.support.queue_runs import until
from tests.support.redis_server import RedisServer
from tests.support.site import Site

PATH = "/api/health/queues/metrics"
TOKEN = {"Authorization": "Bearer for-prometheus"}


def page(client, headers=TOKEN):
    response = client.get(PATH, headers=headers)
    assert response.status_code == 200, response.get_data(as_text=True)
    found = {}
    for family in text_string_to_metric_families(response.get_data(as_text=True)):
        for sample in family.samples:
            found[sample.name, *(sample.labels[name] for name in sorted(sample.labels))] = sample.value
    return found


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path, ENABLE_QUEUE="false", MONITORING_TOKEN="for-prometheus")
    yield site
    site.close()


def test_staff_and_the_monitoring_token_read_it_and_nobody_else(site):
    assert site.stranger().get(PATH).status_code == 401
    assert site.sign_in(Role.FARMER).get(PATH).status_code == 403
    assert site.sign_in(Role.REVIEWER).get(PATH).status_code == 200
    response = site.stranger().get(PATH, headers=TOKEN)
    assert (response.status_code, response.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    asked = {**TOKEN, "Accept": "application/openmetrics-text; version=1.0.0"}
    assert site.stranger().get(PATH, headers=asked).get_data(as_text=True).endswith("# EOF\n")


def test_what_an_application_sets_in_motion_is_counted(site):
    before = page(site.stranger())
    assert before["jobs_total", "aiQc", "completed", "run_ai_qc"] == 0
    site.submitted(site.sign_in())
    after = page(site.stranger())
    assert after["jobs_total", "aiQc", "completed", "run_ai_qc"] == 1
    assert after["job_duration_seconds_count", "aiQc", "run_ai_qc"] == 1
    assert after["job_wait_seconds_bucket", "+Inf", "aiQc", "run_ai_qc"] == 1
    assert after["queue_depth", "aiQc", "completed"] == 1
    assert after["queue_fallback_total", "aiQc", "queue_disabled"] == 1
    assert after["effects_total", "letter", "done"] >= 1
    assert after["outbox_pending",] == 0
    assert after["metrics_part_up", "documents"] == 1
    assert after["flag_rollout_percent", "aiQc"] == 0
    assert ("redis_up",) not in after


def test_failures_pauses_and_schedules_are_on_the_page(site):
    platform = site.services.queue_platform
    platform.service.submit("clean_jobs", {})
    platform.schedules.adopt()
    platform.control.pause("email", by="me")
    platform.service.submit("send_letter", {"kind": "a", "application_id": "b", "event_id": "c"})
    site.services.clock.move(timedelta(seconds=90))
    platform.service.submit("make_report", {"application_id": "gone", "variant": "applicant", "event_id": "e"})
    found = page(site.stranger())
    assert found["queue_paused", "email"] == 1
    assert found["queue_depth", "email", "paused"] == 1
    assert found["queue_oldest_job_age_seconds", "email"] == 90
    assert found["dead_letter_depth", "report"] == found["dead_letter_total", "report"] == 1
    assert found["job_errors_total", "NotFound", "report", "make_report"] == 1
    assert found["schedule_last_success_timestamp_seconds", "clean-jobs"] == site.services.clock.now().timestamp() - 90


def test_while_the_document_store_is_away_the_page_shows_what_there_is_and_no_old_counter(tmp_path):
    store = MemoryStore()
    site = Site(tmp_path, store=store, ENABLE_QUEUE="false", MONITORING_TOKEN="for-prometheus")
    site.submitted(site.sign_in())
    known = page(site.stranger())
    store.away = True
    found = page(site.stranger())
    assert ("jobs_total", "aiQc", "completed", "run_ai_qc") not in found
    assert (found["metrics_part_up", "documents"], found["redis_circuit_state", "closed"]) == (0, 1)
    store.away = False
    found = page(site.stranger())
    assert found["jobs_total", "aiQc", "completed", "run_ai_qc"] == known["jobs_total", "aiQc", "completed", "run_ai_qc"] == 1
    assert found["metrics_part_up", "documents"] == 1
    site.close()


def test_while_redis_hangs_the_page_comes_and_says_so(tmp_path):
    redis = RedisServer(tmp_path / "redis")
    try:
        site = Site(tmp_path, ENABLE_QUEUE="true", REDIS_URL=redis.url, MONITORING_TOKEN="for-prometheus")
        client = site.stranger()
        assert until(lambda: page(client).get(("redis_up",)) == 1)
        assert page(client)["workers_online", "aiQc"] == 0
        redis.hang()
        assert until(lambda: page(client)["redis_up",] == 0)
        quickest = min(_seconds(client) for _ in range(5))
        found = page(client)
        assert (found["redis_circuit_state", "open"] or found["redis_circuit_state", "half-open"]) == 1
        assert ("workers_online", "aiQc") not in found
        assert found["queue_depth", "aiQc", "waiting"] == 0
        assert quickest < 0.2
        redis.go_on()
        site.services.clock.move(TRIAL_AFTER)
        assert until(lambda: page(client)["redis_up",] == 1)
        assert until(lambda: page(client)["redis_circuit_openings_total",] >= 1)
        assert page(client)["redis_circuit_failures_total",] >= 1
        site.close()
    finally:
        redis.kill()


def _seconds(client):
    began = time.perf_counter()
    page(client)
    return time.perf_counter() - began
