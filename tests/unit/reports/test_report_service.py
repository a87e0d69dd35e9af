"""A report is made once per event and reader, kept whole, and linked to its application."""

import threading
from datetime import timedelta
from hashlib import sha256

import pytest

from backend import context
from backend.errors import InvalidInput, NotFound, PermanentFailure
from tests.support.certification import REVIEWER
from tests.support.office import PostRoom


@pytest.fixture
def room() -> PostRoom:
    made = PostRoom()
    made.in_review()
    return made


def test_a_report_is_kept_under_a_key_of_its_own_with_its_hash(room):
    made = room.reports.make("id1", "applicant", "id1-v3-qc-finished")
    content = room.files.get(made["key"])
    assert made["key"] == "reports/id1/id1-v3-qc-finished-applicant.pdf"
    assert content.startswith(b"%PDF-")
    assert (made["sha256"], made["size"]) == (sha256(content).hexdigest(), len(content))
    assert made["createdAt"] == "2026-11-02T03:00:00.000Z"


def test_a_report_is_linked_to_its_application(room):
    made = room.reports.make("id1", "officer", "event-1")
    (link,) = room.service.get(REVIEWER, "id1").reports
    assert (link.key, link.variant, link.sha256) == (made["key"], "officer", made["sha256"])
    assert link.created_at == room.clock.now()


def test_a_repeat_gives_the_same_report_and_draws_nothing(room):
    first = room.reports.make("id1", "applicant", "event-1")
    room.clock.move(timedelta(hours=1))
    version = room.service.get(REVIEWER, "id1").version
    assert room.reports.make("id1", "applicant", "event-1") == first
    assert len(room.renderer.rendered) == 1
    assert room.service.get(REVIEWER, "id1").version == version


def test_a_later_event_makes_a_new_report_that_takes_the_place_of_the_old_link(room):
    old = room.reports.make("id1", "applicant", "event-1")
    new = room.reports.make("id1", "applicant", "event-2")
    room.reports.make("id1", "officer", "event-2")
    links = {link.variant: link.key for link in room.service.get(REVIEWER, "id1").reports}
    assert links["applicant"] == new["key"] != old["key"]
    assert set(links) == {"applicant", "officer"}
    assert room.files.exists(old["key"])


def test_a_report_that_failed_can_be_made_at_once(room):
    room.renderer.fail_next(PermanentFailure("the template is broken"))
    with pytest.raises(PermanentFailure):
        room.reports.make("id1", "applicant", "event-1")
    assert not room.service.get(REVIEWER, "id1").reports
    assert room.reports.make("id1", "applicant", "event-1")["size"]


def test_a_link_that_was_lost_in_a_crash_is_made_by_the_repeat(room):
    made = room.reports.make("id1", "applicant", "event-1")
    application = room.repository.get("id1")
    room.repository.save(application.record("test", room.service._changes.act(REVIEWER), reports=()), application.version)
    room.reports.make("id1", "applicant", "event-1")
    assert [link.key for link in room.service.get(REVIEWER, "id1").reports] == [made["key"]]


def test_two_workers_make_it_once(room):
    barrier, made, busy = threading.Barrier(4), [], []

    def attempt():
        barrier.wait(10)
        try:
            made.append(room.reports.make("id1", "applicant", "event-1")["sha256"])
        except Exception as error:
            busy.append(type(error).__name__)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(room.renderer.rendered) == 1
    assert len(set(made)) == 1
    assert set(busy) <= {"TemporaryFailure"}


def test_the_data_lead_to_the_status_page_and_tell_the_request(room):
    with context.bind(requestId="req_0123456789"):
        room.reports.make("id1", "applicant", "event-1")
    ((template, data),) = room.renderer.rendered
    assert template == "application-summary"
    assert data["statusUrl"] == "https://gacp.example/applications/id1"
    assert data["requestId"] == "req_0123456789"
    assert data["created"]["at"] == "2026-11-02T03:00:00.000Z"


def test_an_unknown_variant_and_an_unknown_application_are_refused(room):
    with pytest.raises(InvalidInput) as raised:
        room.reports.make("id1", "farmer", "event-1")
    assert [(error.field, error.message) for error in raised.value.errors] == [("variant", "choose applicant or officer")]
    with pytest.raises(NotFound):
        room.reports.make("nobody", "applicant", "event-1")
