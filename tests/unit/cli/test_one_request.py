"""What one command does has one request id: in the audit, in the jobs that it submits, in the log."""

from backend import context
from backend.audit.ports import AuditFilter
from backend.cli.main import _PROCESSES, SECTIONS
from tests.support.console import console
from tests.support.queues import Desk


def test_the_job_of_a_command_and_its_entries_in_the_audit_have_one_request_id():
    desk = Desk()
    gacp = console(desk)
    for _ in range(2):
        assert gacp("jobs", "submit", "try_once", '{"place":"x"}').exit_code == 0
    jobs = desk.service.list().items
    entries = gacp.audit.page(AuditFilter(), limit=10).items

    ids = {job.request_id for job in jobs}
    assert len(ids) == 2
    assert all(each.startswith("req_") for each in ids)
    assert sorted(entry.request_id for entry in entries) == sorted([*ids, *ids])
    assert context.request_id() == ""


def test_a_process_is_not_one_request():
    assert next(iter(SECTIONS.values())) == _PROCESSES
