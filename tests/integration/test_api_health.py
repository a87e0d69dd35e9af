"""Probes: alive, ready, degraded, on its way out."""

import pytest

from backend.web.readiness import stop_being_ready
from tests.support.site import Site


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.close()


def test_a_process_that_can_work_is_ready(site):
    assert site.stranger().get("/healthz").get_json() == {"status": "ok"}
    response = site.stranger().get("/readyz")
    assert response.status_code == 200
    assert response.get_json() == {"status": "ready", "documents": "up", "redis": "off"}


def test_without_redis_it_serves_degraded(tmp_path):
    site = Site(tmp_path, ENABLE_QUEUE="true", REDIS_URL="redis://127.0.0.1:1/0")

    response = site.stranger().get("/readyz")

    assert response.status_code == 200
    assert response.get_json() == {"status": "degraded", "documents": "up", "redis": "away"}
    site.close()


def test_with_redis_it_is_ready(tmp_path, redis_url):
    site = Site(tmp_path, ENABLE_QUEUE="true", REDIS_URL=redis_url)

    assert site.stranger().get("/readyz").get_json() == {"status": "ready", "documents": "up", "redis": "up"}
    site.close()


def test_on_its_way_out_it_says_so_and_still_serves(site):
    stop_being_ready(site.app)

    assert site.stranger().get("/readyz").status_code == 503
    assert site.stranger().get("/healthz").status_code == 200
