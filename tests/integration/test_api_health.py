"""Probes: alive, ready, degraded, on its way out."""

import pytest

from backend.adapters.documents.store import StoreUnavailable
from backend.adapters.memory.documents import MemoryStore
from backend.web.readiness import stop_being_ready
from tests.support.queue_runs import until
from tests.support.site import PASSWORD, Site


class FailingStore(MemoryStore):
    """A document store that goes away when told to."""

    away = False

    def ping(self):
        self._answer()
        super().ping()

    def get(self, collection, id):
        self._answer()
        return super().get(collection, id)

    def find(self, *arguments, **options):
        self._answer()
        return super().find(*arguments, **options)

    def _answer(self):
        if self.away:
            raise StoreUnavailable("The document store does not answer", retry_after=7)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.close()


def test_a_process_that_can_work_is_ready(site):
    assert site.stranger().get("/healthz").get_json() == {"status": "ok"}
    assert until(lambda: site.stranger().get("/readyz").get_json() == {"status": "ready", "documents": "up", "redis": "off"})
    assert site.stranger().get("/readyz").status_code == 200


def test_without_redis_it_serves_degraded(tmp_path):
    site = Site(tmp_path, ENABLE_QUEUE="true", REDIS_URL="redis://127.0.0.1:1/0")

    assert until(lambda: site.stranger().get("/readyz").get_json() == {"status": "degraded", "documents": "up", "redis": "away"})
    assert site.stranger().get("/readyz").status_code == 200
    site.close()


def test_with_redis_it_is_ready(tmp_path, redis_url):
    site = Site(tmp_path, ENABLE_QUEUE="true", REDIS_URL=redis_url)

    assert until(lambda: site.stranger().get("/readyz").get_json() == {"status": "ready", "documents": "up", "redis": "up"})
    site.close()


def test_on_its_way_out_it_says_so_and_still_serves(site):
    stop_being_ready(site.app)

    assert site.stranger().get("/readyz").status_code == 503
    assert site.stranger().get("/healthz").status_code == 200


@pytest.fixture
def failing(tmp_path):
    store = FailingStore()
    site = Site(tmp_path, store=store)
    farmer = site.sign_in()
    store.away = True
    yield site, farmer
    store.away = False
    site.close()


def test_without_the_document_store_it_is_alive_but_not_ready(failing):
    site, _ = failing

    assert until(lambda: site.stranger().get("/readyz").get_json() == {"status": "unavailable", "documents": "down", "redis": "off"})
    assert site.stranger().get("/readyz").status_code == 503
    assert site.stranger().get("/healthz").status_code == 200


def test_without_the_document_store_nothing_is_accepted_and_one_may_try_again(failing):
    site, farmer = failing

    for response in (
        farmer.post("/api/v1/applications", json={}),
        farmer.get("/api/v1/applications"),
        site.stranger().post("/api/v1/auth/login", json={"email": "a@example.com", "password": PASSWORD}),
    ):
        assert response.status_code == 503
        assert response.content_type == "application/problem+json"
        assert response.headers["Retry-After"] == "7"
