"""What job functions get as `services` in a worker is made when the first of them asks, once, and closed with what it stands on."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from backend.adapters.sqlite.store import SqliteStore
from backend.clock import SystemClock
from backend.errors import Misconfigured, Unavailable
from backend.foundation import lay
from backend.furnishing import LateServices
from backend.settings import load


class Store(SqliteStore):
    """Notes what is asked of it; `away` is how many times it refuses to be made ready."""

    def __init__(self, path):
        super().__init__(path)
        self.ensured = self.closed = self.away = 0

    def ensure(self, *collections):
        self.ensured += 1
        if self.away:
            self.away -= 1
            raise Unavailable("The document store is away")
        super().ensure(*collections)

    def close(self):
        self.closed += 1
        super().close()


@pytest.fixture
def settings(tmp_path):
    return load(DATA_DIR=str(tmp_path), ENABLE_QUEUE="false")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "documents.db")


@pytest.fixture
def foundation(settings, store):
    return lay(settings, SystemClock(), store=store)


def test_nothing_is_made_before_somebody_asks(foundation, store):
    LateServices(foundation).close()
    assert (store.ensured, store.closed) == (1, 1)


def test_everything_stands_on_the_same_foundation(foundation):
    services = LateServices(foundation)
    assert services.queue_platform is foundation.platform
    assert services.accounts is foundation.accounts
    assert services.queue_control is foundation.platform.control
    assert services.inspections
    services.close()


def test_many_who_ask_at_once_get_the_same(foundation, store):
    services, together = LateServices(foundation), Barrier(8)

    def ask(_):
        together.wait(5)
        return services.certification

    with ThreadPoolExecutor(8) as pool:
        assert len({id(found) for found in pool.map(ask, range(8))}) == 1
    assert store.ensured == 2
    services.close()


def test_where_the_store_is_away_the_next_who_asks_tries_again(foundation, store):
    services = LateServices(foundation)
    store.away = 1
    with pytest.raises(Unavailable):
        _ = services.certification
    assert not store.closed
    assert services.certification
    services.close()


def test_what_is_not_there_is_an_attribute_error(foundation):
    services = LateServices(foundation)
    with pytest.raises(AttributeError):
        _ = services.nonsense
    services.close()


def test_a_foundation_that_cannot_be_laid_lets_go_of_its_store(settings, store):
    store.away = 1
    with pytest.raises(Unavailable):
        lay(settings, SystemClock(), store=store)
    assert store.closed == 1


def test_an_administrator_by_half_is_refused_when_the_foundation_is_laid(tmp_path, store):
    with pytest.raises(Misconfigured, match="ADMIN_PASSWORD"):
        lay(load(DATA_DIR=str(tmp_path), ENABLE_QUEUE="false", ADMIN_EMAIL="a@b.example"), SystemClock(), store=store)
