"""Inspections: proposed once per run, never two at one time, and a calendar that fails changes nothing."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from backend.adapters.documents.appointments import DocumentAppointments
from backend.adapters.memory.calendar import MemoryCalendar
from backend.certification.events import InspectionProposed
from backend.certification.inspections import InspectionService
from backend.certification.working_days import ThaiHolidays
from backend.clock import BANGKOK
from backend.errors import Conflict, Misconfigured, NotFound, PermanentFailure, TemporaryFailure
from tests.support.certification import FARMER, REVIEWER, Department, complete_form, replacement_form

ITEMS = [{"path": "farm.area", "reason": "does not match"}]


@pytest.fixture
def department():
    return Department()


def of_type(department, inspection_type):
    """An application in review that is to be inspected in that form."""
    application = department.in_review()
    result = replace(application.ai_qc, inspection_type=inspection_type)
    document = department.store.get("applications", application.id)
    department.store.replace("applications", {**document, "qc_runs": [result.to_json()]}, application.version)
    return department.service.get(REVIEWER, application.id)


def propose(department, application):
    return department.inspections.propose(application.id, application.ai_qc.run_id)


def local(moment):
    return f"{moment.astimezone(BANGKOK):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("inspection_type", "expected"),
    [
        ("VIDEO", [("VIDEO", "2026-11-05 08:30", 90)]),
        ("HYBRID", [("HYBRID_VIDEO", "2026-11-05 08:30", 45), ("HYBRID_ONSITE", "2026-11-05 13:00", 180)]),
        ("ONSITE", [("ONSITE", "2026-11-05 08:30", 240)]),
    ],
)
def test_each_form_gets_its_appointments(department, inspection_type, expected):
    application = of_type(department, inspection_type)
    proposed = propose(department, application)
    assert [(item.type, local(item.start), (item.end - item.start) / timedelta(minutes=1)) for item in proposed] == expected
    assert {(item.status, item.application_number, item.sync_status) for item in proposed} == {("PROPOSED", application.number, "PENDING")}
    assert proposed[0].place["lat"] == 15.2448
    assert "อุบลราชธานี" in proposed[0].place["address_text"]
    assert list(department.inspections.of_application(application.id)) == list(proposed)


def test_a_replacement_is_not_inspected(department):
    application = department.in_review(replacement_form())
    assert propose(department, application) == ()
    assert department.publisher.of(InspectionProposed) == []


def test_to_propose_again_changes_nothing_and_tells_again(department):
    application = of_type(department, "HYBRID")
    first = propose(department, application)
    department.clock.move(timedelta(days=5))
    assert propose(department, application) == first
    events = department.publisher.of(InspectionProposed)
    assert len({event.event_id for event in events}) == 1
    assert events[0].appointment_ids == tuple(item.id for item in first)


def test_ids_come_from_the_run(department):
    application = of_type(department, "HYBRID")
    ids = [item.id for item in propose(department, application)]
    assert ids == [f"{application.ai_qc.run_id}-hybrid-video", f"{application.ai_qc.run_id}-hybrid-onsite"]


def test_no_two_inspections_overlap(department):
    proposed = [
        item for kind in ("ONSITE", "HYBRID", "VIDEO", "ONSITE", "HYBRID") for item in propose(department, of_type(department, kind))
    ]
    in_order = sorted(proposed, key=lambda item: item.start)
    assert all(one.end <= other.start for one, other in pairwise(in_order))
    assert len({item.start.astimezone(BANGKOK).date() for item in in_order}) > 1


def test_a_time_that_somebody_takes_first_is_left_to_them(department):
    rival = propose(department, of_type(department, "ONSITE"))[0]
    application = of_type(department, "VIDEO")
    stolen = replace(rival, id="rival", start=rival.start, end=rival.end)
    assert department.appointments.reserve(stolen) is False
    [proposed] = propose(department, application)
    assert local(proposed.start) == "2026-11-05 13:00"


def test_a_proposal_that_was_cut_off_half_way_takes_its_time_again(department):
    application = of_type(department, "ONSITE")
    [first] = propose(department, application)
    department.store.delete("appointments", first.id)  # as after a crash between the day and the appointment
    assert propose(department, application) == [first]
    assert len(department.store.get("inspection_days", "2026-11-05")["bookings"]) == 1


def test_a_new_run_cancels_the_proposals_of_the_one_before(department):
    application = of_type(department, "ONSITE")
    [old] = propose(department, application)
    department.service.run_quality_check(application.id, "by-hand")
    proposed = department.inspections.propose(application.id, "by-hand")
    states = {item.id: item.status for item in department.inspections.of_application(application.id)}
    assert states == {old.id: "CANCELLED", **{item.id: "PROPOSED" for item in proposed}}
    assert department.publisher.of(InspectionProposed)[-1].appointment_ids == (*(item.id for item in proposed), old.id)
    assert department.appointments.get(old.id).sequence == 1


def test_the_time_of_a_cancelled_appointment_is_free_again(department):
    application = of_type(department, "ONSITE")
    [old] = propose(department, application)
    department.inspections.call_off(application.id)
    [other] = propose(department, of_type(department, "ONSITE"))
    assert other.start == old.start


def test_a_run_that_is_not_in_force_proposes_nothing(department):
    application = of_type(department, "ONSITE")
    department.service.run_quality_check(application.id, "by-hand")
    assert propose(department, application) == ()
    assert department.inspections.propose(application.id, "unknown") == ()


def test_nothing_is_proposed_for_what_was_withdrawn(department):
    application = of_type(department, "ONSITE")
    department.service.withdraw(FARMER, application.id)
    assert propose(department, application) == ()


def test_calling_off_cancels_what_is_open(department):
    application = of_type(department, "HYBRID")
    propose(department, application)
    cancelled = department.inspections.call_off(application.id)
    assert [item.status for item in cancelled] == ["CANCELLED", "CANCELLED"]
    assert department.publisher.of(InspectionProposed)[-1].appointment_ids == tuple(item.id for item in cancelled)
    assert len(department.publisher.of(InspectionProposed)) == 2
    assert department.inspections.upcoming() == []


def test_a_cancellation_is_told_under_one_id_until_the_calendar_has_it(department):
    application = of_type(department, "ONSITE")
    propose(department, application)
    [cancelled] = department.inspections.call_off(application.id)
    assert department.inspections.call_off(application.id) == [cancelled]
    first, again = department.publisher.of(InspectionProposed)[-2:]
    assert (again.event_id, again.appointment_ids) == (first.event_id, first.appointment_ids)
    department.inspections.sync(cancelled.id)
    assert department.inspections.call_off(application.id) == []


def test_a_withdrawal_that_was_cut_off_before_telling_still_reaches_the_calendar(department):
    application = of_type(department, "ONSITE")
    [appointment] = propose(department, application)
    department.publisher.fail_next(TemporaryFailure("queue away"))
    with pytest.raises(TemporaryFailure):
        department.inspections.call_off(application.id)
    department.inspections.call_off(application.id)
    assert department.publisher.of(InspectionProposed)[-1].appointment_ids == (appointment.id,)
    assert "call-off" in department.publisher.of(InspectionProposed)[-1].event_id


def test_a_new_run_that_was_cut_off_before_telling_still_cancels_the_old_entry(department):
    application = of_type(department, "ONSITE")
    [old] = propose(department, application)
    department.inspections.sync(old.id)
    department.service.run_quality_check(application.id, "by-hand")
    department.publisher.fail_next(TemporaryFailure("queue away"))
    with pytest.raises(TemporaryFailure):
        department.inspections.propose(application.id, "by-hand")
    proposed = department.inspections.propose(application.id, "by-hand")
    assert department.publisher.of(InspectionProposed)[-1].appointment_ids == (*(item.id for item in proposed), old.id)


def test_a_cancellation_that_was_cut_off_half_way_frees_the_day_when_it_is_repeated(department):
    application = of_type(department, "ONSITE")
    [appointment] = propose(department, application)
    department.appointments.update(appointment.id, status="CANCELLED", sequence=1)  # as after a crash before the day was freed
    department.inspections.call_off(application.id)
    assert department.store.get("inspection_days", "2026-11-05")["bookings"] == []


def test_where_no_listener_is_there_the_proposal_stands(department):
    application = of_type(department, "ONSITE")
    department.publisher.fail_next(TemporaryFailure("queue away"))
    with pytest.raises(TemporaryFailure):
        propose(department, application)
    assert len(department.inspections.of_application(application.id)) == 1
    assert len(propose(department, application)) == 1


def test_the_calendar_gets_it_once(department):
    [appointment] = propose(department, of_type(department, "ONSITE"))
    outcome = department.inspections.sync(appointment.id)
    synced = department.appointments.get(appointment.id)
    assert (synced.sync_status, synced.event_id, synced.html_link) == ("SYNCED", outcome["eventId"], outcome["htmlLink"])
    assert outcome["eventId"] in department.calendar.entries
    department.calendar.fail_next(PermanentFailure("must not be called"))
    assert department.inspections.sync(appointment.id) == outcome


def test_a_cancelled_appointment_is_cancelled_in_the_calendar_and_keeps_its_entry(department):
    application = of_type(department, "ONSITE")
    [appointment] = propose(department, application)
    event_id = department.inspections.sync(appointment.id)["eventId"]
    department.inspections.call_off(application.id)
    assert department.inspections.sync(appointment.id)["eventId"] == event_id
    assert department.calendar.entries[event_id].appointment.status == "CANCELLED"
    assert department.appointments.get(appointment.id).event_id == event_id


@pytest.mark.parametrize("failure", [TemporaryFailure("429"), PermanentFailure("400"), Misconfigured("403")])
def test_a_calendar_that_fails_is_told_to_the_queue_and_changes_no_state(department, failure):
    application = of_type(department, "ONSITE")
    [appointment] = propose(department, application)
    department.calendar.fail_next(failure)
    with pytest.raises(type(failure)):
        department.inspections.sync(appointment.id)
    assert department.service.get(REVIEWER, application.id) == application
    assert department.appointments.get(appointment.id) == appointment
    assert department.inspections.sync(appointment.id)["syncStatus"] == "SYNCED"


def test_after_the_last_attempt_officers_see_that_it_failed(department):
    [appointment] = propose(department, of_type(department, "ONSITE"))
    department.inspections.mark_sync_failed(appointment.id, "403 forbidden")
    failed = department.appointments.get(appointment.id)
    assert (failed.status, failed.sync_status, failed.last_error) == ("PROPOSED", "FAILED", "403 forbidden")
    department.inspections.sync(appointment.id)
    assert department.appointments.get(appointment.id).last_error == ""


def test_a_long_reason_is_cut(department):
    [appointment] = propose(department, of_type(department, "ONSITE"))
    department.inspections.mark_sync_failed(appointment.id, "x" * 501)
    assert department.appointments.get(appointment.id).last_error == "x" * 500


class Busy(DocumentAppointments):
    """Somebody else is always faster."""

    def reserve(self, appointment):
        return False


def test_where_nobody_is_free_for_years_it_is_a_conflict_and_nobody_is_told(department):
    application = of_type(department, "ONSITE")
    inspections = InspectionService(
        repository=department.repository,
        appointments=Busy(department.store),
        calendar=department.calendar,
        effects=department.effects,
        publisher=department.publisher,
        holidays=ThaiHolidays.load(),
        clock=department.clock,
    )
    with pytest.raises(Conflict, match="No day is free"):
        inspections.propose(application.id, application.ai_qc.run_id)
    assert department.publisher.of(InspectionProposed) == []


def test_the_visit_never_comes_before_the_video_though_an_earlier_day_became_free(department):
    [rival] = propose(department, of_type(department, "ONSITE"))
    day_taken = replace(rival, id="all-day", start=rival.end, end=rival.start + timedelta(hours=8))
    assert department.appointments.reserve(day_taken)
    application = of_type(department, "HYBRID")
    video, visit = propose(department, application)
    assert (local(video.start), local(visit.start)) == ("2026-11-06 08:30", "2026-11-06 13:00")
    department.store.delete("appointments", visit.id)  # as after a crash between the two
    for taken in (rival, day_taken):
        department.appointments.cancel(taken.id)
    assert [item.start for item in propose(department, application)] == [video.start, visit.start]


class Recorder(MemoryCalendar):
    """Writes down what it was asked to do."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def put(self, appointment):
        self.asked.append("put")
        return super().put(appointment)

    def cancel(self, appointment):
        self.asked.append("cancel")
        super().cancel(appointment)


def test_the_calendar_is_asked_to_cancel_and_not_to_write_what_is_cancelled():
    department = Department(calendar=Recorder())
    application = of_type(department, "ONSITE")
    [appointment] = propose(department, application)
    department.inspections.sync(appointment.id)
    department.inspections.call_off(application.id)
    department.inspections.sync(appointment.id)
    assert department.calendar.asked == ["put", "cancel"]


class SlowCalendar(MemoryCalendar):
    """Between the order to write an entry and the entry lies `meanwhile`, once."""

    meanwhile = None

    def put(self, appointment):
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        return super().put(appointment)


def test_an_appointment_that_is_cancelled_while_its_entry_is_written_is_cancelled_in_the_calendar_too():
    department = Department(calendar=SlowCalendar())
    application = of_type(department, "ONSITE")
    [appointment] = propose(department, application)

    def cancelled_by_another_worker():
        department.inspections.call_off(application.id)
        department.inspections.sync(appointment.id)

    department.calendar.meanwhile = cancelled_by_another_worker
    event_id = department.inspections.sync(appointment.id)["eventId"]
    assert department.calendar.entries[event_id].appointment.status == "CANCELLED"
    assert department.appointments.get(appointment.id).event_id == event_id


def test_what_does_not_exist_cannot_be_synced(department):
    with pytest.raises(NotFound):
        department.inspections.sync("nothing")
    with pytest.raises(NotFound):
        department.inspections.mark_sync_failed("nothing", "why")


def test_appointments_are_part_of_the_application_s_json(department):
    application = of_type(department, "ONSITE")
    [appointment] = propose(department, application)
    [shown] = department.service.to_json(FARMER, application)["appointments"]
    assert (shown["id"], shown["type"], shown["start"], shown["status"]) == (
        appointment.id,
        "ONSITE",
        "2026-11-05T01:30:00.000Z",
        "PROPOSED",
    )
    assert shown["place"]["addressText"]


def test_a_farm_without_a_place_gets_an_appointment_all_the_same(department):
    application = department.in_review(complete_form())
    farmless = replace(application, form=application.form.model_copy(update={"farm": type(application.form.farm)()}))
    department.repository.save(farmless, application.version)
    proposed = propose(department, application)
    assert proposed[0].place == {"lat": None, "lng": None, "address_text": ""}
