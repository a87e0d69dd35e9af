"""The entry points of worker and scheduler: what they refuse, and which duties a deployment asks for."""

import pytest

from backend import scheduler, worker
from backend.adapters.memory.documents import MemoryStore
from backend.bootstrap import Parts, build
from backend.errors import Misconfigured
from backend.settings import load


def duties(tmp_path, **variables):
    settings = load(GACP_ENV="test", DATA_DIR=str(tmp_path), **variables)
    services = build(settings, Parts(store=MemoryStore()))
    try:
        return [duty.name for duty in scheduler.duties(settings, services)]
    finally:
        services.close()


def test_recurring_work_is_gated_and_healing_is_not(tmp_path):
    plain = duties(tmp_path, ENABLE_QUEUE="true")
    assert {"promote due jobs", "relay", "reap lost jobs", "publish events"} <= set(plain)
    assert set(duties(tmp_path, ENABLE_QUEUE="true", ENABLE_SCHEDULER="true")) - set(plain) == {"remove old jobs"}
    assert "run due jobs" in duties(tmp_path)


def test_a_worker_without_a_queue_says_that_there_is_nothing_to_do():
    with pytest.raises(Misconfigured, match="ENABLE_QUEUE is not true"):
        worker.main(load(GACP_ENV="test"))


def test_a_worker_without_an_address_says_which_variable_is_missing(tmp_path):
    with pytest.raises(Misconfigured, match="REDIS_URL"):
        worker.main(load(GACP_ENV="test", ENABLE_QUEUE="true", DATA_DIR=str(tmp_path)))
