"""Google Calendar behind a real socket: races, removed events, refusals and sign-in."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend.adapters.google.calendar import GENERATIONS, READS, GoogleCalendar
from backend.adapters.google.credentials import service_account_session
from backend.certification.calendar_notice import entry_id
from backend.errors import Misconfigured, PermanentFailure, ProviderError, TemporaryFailure, Unreachable
from tests.support.appointments import an_appointment
from tests.support.fake_google_calendar import Failure, FakeGoogleCalendar
from tests.support.local_http import Reply

BASE_URL = "https://gacp.example"
VIDEO = an_appointment(type="VIDEO")


@pytest.fixture
def server() -> Iterator[FakeGoogleCalendar]:
    with FakeGoogleCalendar() as started:
        yield started


@pytest.fixture
def calendar(server: FakeGoogleCalendar, tmp_path: Path) -> GoogleCalendar:
    return GoogleCalendar(server.calendar_id, server.key_file(tmp_path), BASE_URL, endpoint=server.url)


def methods(server: FakeGoogleCalendar) -> list[str]:
    return [request.method for request in server.calendar_requests()]


def test_a_new_appointment_takes_one_request_and_tells_where_it_is_seen(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    entry = calendar.put(an_appointment())

    assert methods(server) == ["POST"]
    assert entry.event_id == entry_id("apt-0001")
    assert entry.html_link == f"https://calendar.example/event?eid={entry.event_id}"


def test_google_writes_to_nobody_for_our_own_letters_do(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    calendar.put(an_appointment())
    calendar.put(an_appointment(sequence=1))

    writes = [request for request in server.calendar_requests() if request.method != "GET"]
    assert [request.method for request in writes] == ["POST", "POST", "PATCH"]
    assert all(request.query["sendUpdates"] == ["none"] for request in writes)


def test_an_id_that_is_taken_is_updated_under_its_etag(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    entry = calendar.put(an_appointment())
    etag = server.events[entry.event_id]["etag"]

    calendar.put(an_appointment(status="CONFIRMED", sequence=1))

    assert methods(server) == ["POST", "POST", "GET", "PATCH"]
    assert server.calendar_requests()[-1].headers["if-match"] == etag


def test_what_officers_add_to_the_event_stays(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    entry = calendar.put(an_appointment())
    server.edit(entry.event_id, attendees=[{"email": "inspector@example.com"}])

    calendar.put(an_appointment(sequence=1))

    assert server.events[entry.event_id]["attendees"] == [{"email": "inspector@example.com"}]


def test_an_event_that_somebody_edits_meanwhile_is_read_again(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    entry = calendar.put(an_appointment())
    server.edits_before_patch = READS - 1

    calendar.put(an_appointment(status="CONFIRMED", sequence=1))

    assert server.events[entry.event_id]["status"] == "confirmed"
    assert server.events[entry.event_id]["summaryNote"] == "edited meanwhile"


def test_an_event_under_constant_edit_is_left_to_the_next_attempt(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    calendar.put(an_appointment())
    server.edits_before_patch = READS

    with pytest.raises(TemporaryFailure) as failure:
        calendar.put(an_appointment(sequence=1))

    assert failure.value.retry_after == 5


def test_an_event_that_an_officer_deleted_comes_back(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    entry = calendar.put(an_appointment())
    server.edit(entry.event_id, status="cancelled")

    calendar.put(an_appointment(sequence=1))

    assert server.events[entry.event_id]["status"] == "tentative"


def test_an_event_that_was_removed_for_good_gets_the_next_id(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    first = calendar.put(an_appointment())
    server.purge(first.event_id)

    second = calendar.put(an_appointment(sequence=1))
    third = calendar.put(an_appointment(sequence=2))

    assert second.event_id == third.event_id == entry_id("apt-0001", 2)
    assert list(server.events) == [second.event_id]


def test_an_event_that_is_removed_between_reading_and_writing_gets_the_next_id(
    server: FakeGoogleCalendar, calendar: GoogleCalendar
) -> None:
    calendar.put(an_appointment())
    server.purges_before_patch = True

    entry = calendar.put(an_appointment(sequence=1))

    assert list(server.events) == [entry.event_id] == [entry_id("apt-0001", 2)]


def test_an_event_that_is_removed_again_and_again_is_given_up(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    for _ in range(GENERATIONS):
        server.purge(calendar.put(an_appointment()).event_id)

    with pytest.raises(PermanentFailure, match="removed for good"):
        calendar.put(an_appointment())


def test_a_cancellation_finds_the_event_behind_a_removed_one(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    server.purge(calendar.put(an_appointment()).event_id)
    second = calendar.put(an_appointment())

    calendar.cancel(an_appointment(sequence=1))

    assert server.events[second.event_id]["status"] == "cancelled"


def test_cancelling_an_event_that_was_removed_for_good_is_success(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    server.purge(calendar.put(an_appointment()).event_id)

    calendar.cancel(an_appointment(sequence=1))

    assert server.events == {}


def test_a_video_call_gets_one_meeting_room(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    entry = calendar.put(VIDEO)

    [request] = server.calendar_requests()
    assert entry.meeting_url == f"https://meet.example/{entry.event_id}"
    assert request.body["conferenceData"]["createRequest"]["requestId"] == entry.event_id
    assert request.query["conferenceDataVersion"] == ["1"]


def test_an_update_keeps_the_meeting_room(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    first = calendar.put(VIDEO)

    again = calendar.put(replace(VIDEO, sequence=1))

    assert again.meeting_url == first.meeting_url
    assert "conferenceData" not in server.calendar_requests()[-1].body


def test_a_calendar_that_makes_no_meeting_rooms_gets_the_event_without_one(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    server.makes_meetings = False

    entry = calendar.put(VIDEO)

    assert entry.meeting_url == ""
    assert methods(server) == ["POST", "POST"]


def test_an_event_that_google_refuses_is_not_sent_twice(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    server.fail(Failure(400, "invalid"))

    with pytest.raises(PermanentFailure):
        calendar.put(an_appointment())

    assert methods(server) == ["POST"]


@pytest.mark.parametrize(
    ("failure", "error", "retry_after"),
    [
        (Failure(429, "rateLimitExceeded", retry_after="7"), TemporaryFailure, 7.0),
        (Failure(403, "rateLimitExceeded"), TemporaryFailure, None),
        (Failure(403, "userRateLimitExceeded"), TemporaryFailure, None),
        (Failure(500, "backendError"), TemporaryFailure, None),
        (Failure(503), TemporaryFailure, None),
        (Failure(502, text="<html>Bad gateway</html>"), TemporaryFailure, None),
        (Failure(200, text="<html>Please sign in to the network</html>"), TemporaryFailure, None),
        (Failure(drop=True), Unreachable, None),
        (Failure(403, "forbidden"), Misconfigured, None),
        (Failure(404, "notFound"), PermanentFailure, None),
    ],
)
def test_a_failure_tells_whether_trying_again_can_help(
    server: FakeGoogleCalendar, calendar: GoogleCalendar, failure: Failure, error: type[ProviderError], retry_after: float | None
) -> None:
    server.fail(failure)

    with pytest.raises(ProviderError) as raised:
        calendar.put(an_appointment())

    assert type(raised.value) is error
    assert getattr(raised.value, "retry_after", None) == retry_after
    assert len(server.calendar_requests()) == 1


@pytest.mark.parametrize(("failure", "error"), [(Failure(503), TemporaryFailure), (Failure(403, "forbidden"), Misconfigured)])
def test_a_cancellation_fails_as_a_change_does(
    server: FakeGoogleCalendar, calendar: GoogleCalendar, failure: Failure, error: type[ProviderError]
) -> None:
    calendar.put(an_appointment())
    server.fail(failure)

    with pytest.raises(error):
        calendar.cancel(an_appointment(sequence=1))


def test_a_failed_attempt_can_be_repeated(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    server.fail(Failure(503))
    with pytest.raises(TemporaryFailure):
        calendar.put(an_appointment())

    calendar.put(an_appointment())

    assert len(server.events) == 1


def test_one_sign_in_serves_many_appointments(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    for number in range(3):
        calendar.put(an_appointment(id=f"apt-{number}"))

    assert [request.path for request in server.requests].count("/token") == 1


def test_a_token_that_google_forgot_is_fetched_again(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    calendar.put(an_appointment(id="apt-1"))
    server.revoke_tokens()

    calendar.put(an_appointment(id="apt-2"))

    assert len(server.events) == 2


def test_a_key_that_google_refuses_is_named(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    server.sign_in_failure = Reply(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})

    with pytest.raises(Misconfigured, match="GOOGLE_APPLICATION_CREDENTIALS"):
        calendar.put(an_appointment())


def test_a_sign_in_that_cannot_be_reached_is_a_passing_failure(server: FakeGoogleCalendar, calendar: GoogleCalendar) -> None:
    server.sign_in_failure = Reply(drop=True)

    with pytest.raises(TemporaryFailure):
        calendar.put(an_appointment())


def test_a_calendar_that_cannot_be_reached_is_a_passing_failure(server: FakeGoogleCalendar, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    calendar = GoogleCalendar(server.calendar_id, server.key_file(tmp_path), BASE_URL, endpoint=f"http://127.0.0.1:{port}")

    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        calendar.put(an_appointment())


@pytest.mark.parametrize("endpoint", ["host/path", "ftp://host", "http://my host"])
def test_an_endpoint_that_is_no_address_is_named(server: FakeGoogleCalendar, tmp_path: Path, endpoint: str) -> None:
    calendar = GoogleCalendar(server.calendar_id, server.key_file(tmp_path), BASE_URL, endpoint=endpoint)

    with pytest.raises(Misconfigured, match="GOOGLE_CALENDAR_API_ENDPOINT"):
        calendar.put(an_appointment())


@pytest.mark.parametrize("suffix", ["", "/", "/calendar/v3", "/calendar/v3/"])
def test_the_endpoint_may_be_written_with_or_without_its_version(server: FakeGoogleCalendar, tmp_path: Path, suffix: str) -> None:
    GoogleCalendar(server.calendar_id, server.key_file(tmp_path), BASE_URL, endpoint=server.url + suffix).put(an_appointment())

    assert len(server.events) == 1


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", json.dumps({"type": "authorized_user", "refresh_token": "x"})])
def test_a_file_that_is_no_service_account_key_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    with pytest.raises(Misconfigured, match="GOOGLE_APPLICATION_CREDENTIALS"):
        service_account_session(str(path))


def test_only_the_endpoint_and_the_sign_in_are_contacted(calendar: GoogleCalendar, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: asked.add(str(host)) or look_up(host, *rest, **more))
    before = set(threading.enumerate())

    calendar.put(an_appointment())

    deadline = time.monotonic() + 2
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0, deadline - time.monotonic()) if "Regional" in type(thread).__name__ else 0)
    assert asked == {"127.0.0.1"}
