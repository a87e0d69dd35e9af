"""The entry points of worker and scheduler: what they refuse, and which duties a deployment asks for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend import scheduler, worker
from backend.adapters.documents.applications import DocumentApplications
from backend.adapters.memory.documents import MemoryStore
from backend.bootstrap import Parts, build
from backend.cli.program import WorkerOptions
from backend.errors import Misconfigured
from backend.settings import load
from tests.support.site import Site


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
    assert set(duties(tmp_path, ENABLE_QUEUE="true", ENABLE_SCHEDULER="true")) - set(plain) == {"adopt schedules", "fire schedules"}
    assert "run due jobs" in duties(tmp_path)


@pytest.mark.parametrize("queue", ["true", "false"])
def test_an_application_whose_check_was_lost_is_moved_on_by_the_scheduler(tmp_path, queue):
    store = MemoryStore()
    site = Site(tmp_path, store=store, ENABLE_QUEUE=queue)
    application_id = site.submitted(site.sign_in())
    repository = DocumentApplications(store)
    application = repository.get(application_id)
    lost = replace(application, status="SUBMITTED", qc_status="QUEUED", qc_runs=(), outbox=(), status_since=site.services.clock.now())
    repository.save(lost, application.version)
    chosen = {duty.name: duty for duty in scheduler.duties(site.settings, site.services)}

    site.services.clock.move(timedelta(minutes=15))
    chosen["forward stuck applications"].run()
    assert repository.get(application_id).status == "SUBMITTED"
    site.services.clock.move(timedelta(minutes=1))
    chosen["forward stuck applications"].run()

    moved = repository.get(application_id)
    assert (moved.status, moved.qc_status, moved.inspection_type) == ("IN_REVIEW", "DEGRADED", "ONSITE")
    site.close()


def test_a_worker_without_a_queue_says_that_there_is_nothing_to_do():
    with pytest.raises(Misconfigured, match="ENABLE_QUEUE is not true"):
        worker.main(load(GACP_ENV="test"), WorkerOptions())


def test_a_worker_without_an_address_says_which_variable_is_missing(tmp_path):
    with pytest.raises(Misconfigured, match="REDIS_URL"):
        worker.main(load(GACP_ENV="test", ENABLE_QUEUE="true", DATA_DIR=str(tmp_path)), WorkerOptions())
