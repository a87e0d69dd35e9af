"""A letter goes out once per event and recipient, whatever fails, repeats or races."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from backend.adapters.memory.mailer import MemoryMailer
from backend.certification.correspondence import letter_key
from backend.errors import InvalidInput, Misconfigured, NotFound, PermanentFailure, TemporaryFailure
from tests.support.certification import FARMER, complete_form
from tests.support.office import OFFICE, PostRoom

KIND = "application.submitted"


class CutShort(MemoryMailer):
    """A mailer whose first letter is out when something that is no Exception, such as a time limit, ends the run."""

    def send(self, letter):
        message_id = super().send(letter)
        if len(self.sent) == 1:
            raise KeyboardInterrupt
        return message_id


class Slow(MemoryMailer):
    """A mailer that holds the letter until told to go on."""

    def __init__(self):
        super().__init__()
        self.started, self.go_on = threading.Event(), threading.Event()

    def send(self, letter):
        self.started.set()
        assert self.go_on.wait(10)
        return super().send(letter)


@pytest.fixture
def room() -> PostRoom:
    made = PostRoom()
    made.in_review()
    return made


def test_a_letter_goes_to_the_address_of_the_form(room):
    sent = room.correspondence.send(KIND, "id1", "event-1")
    (letter,) = room.mailer.sent
    assert sent == {"outcome": "SENT", "messageId": room.mailer.messages[0]["Message-ID"]}
    assert (letter.to, letter.kind) == ("somchai@example.com", KIND)
    assert letter.key == letter_key(KIND, "id1", "event-1", "somchai@example.com")


def test_without_one_it_goes_to_the_address_of_the_account():
    room = PostRoom()
    form = complete_form()
    form["applicant"] = {**form["applicant"], "email": ""}
    application = room.submitted(form)
    room.correspondence.send(KIND, application.id, "event-1")
    assert room.mailer.sent[0].to == application.owner_email == FARMER.email


def test_without_any_address_officers_are_asked_to_call():
    room = PostRoom()
    form = complete_form()
    del form["applicant"]["email"]
    application = room.service.create(replace(FARMER, email=""), form)
    room.service.submit(FARMER, application.id)
    first = room.correspondence.send(KIND, application.id, "event-1")
    assert first["outcome"] == "NO_ADDRESS"
    assert first["task"]["code"] == "CALL_APPLICANT"
    assert "GACP-2569-000001" in first["task"]["th"]
    assert "please call" in first["task"]["en"]
    assert room.correspondence.send(KIND, application.id, "event-1") == first
    assert room.mailer.sent == []


def test_news_for_officers_goes_to_their_box(room):
    room.correspondence.send("new-application", "id1", "event-1")
    assert room.mailer.sent[0].to == OFFICE.new_work


def test_the_same_event_is_told_once(room):
    first = room.correspondence.send(KIND, "id1", "event-1")
    again = room.correspondence.send(KIND, "id1", "event-1")
    assert again == {"outcome": "ALREADY_SENT", "messageId": first["messageId"]}
    assert len(room.mailer.sent) == 1


def test_another_event_kind_or_application_is_another_letter(room):
    other = room.submitted()
    room.correspondence.send(KIND, "id1", "event-1")
    room.correspondence.send(KIND, "id1", "event-2")
    room.correspondence.send("qc.completed", "id1", "event-1")
    room.correspondence.send(KIND, other.id, "event-1")
    assert len({letter.key for letter in room.mailer.sent}) == len(room.mailer.sent) == 4


def test_a_new_address_gets_the_letter_that_the_old_one_got():
    assert letter_key("k", "a", "e", "old@example.com") != letter_key("k", "a", "e", "new@example.com")


@pytest.mark.parametrize("failure", [TemporaryFailure("busy"), PermanentFailure("no such mailbox"), Misconfigured("password")])
def test_a_letter_that_was_not_taken_can_be_tried_again_at_once(room, failure):
    room.mailer.fail_next(failure)
    with pytest.raises(type(failure)):
        room.correspondence.send(KIND, "id1", "event-1")
    assert room.correspondence.send(KIND, "id1", "event-1")["outcome"] == "SENT"
    assert len(room.mailer.sent) == 1


def test_two_workers_with_the_same_letter_send_it_once():
    room = PostRoom(mailer=Slow())
    room.in_review()
    outcomes = []
    first = threading.Thread(target=lambda: outcomes.append(room.correspondence.send(KIND, "id1", "event-1")))
    first.start()
    assert room.mailer.started.wait(10)
    with pytest.raises(TemporaryFailure) as busy:
        room.correspondence.send(KIND, "id1", "event-1")
    assert busy.value.retry_after
    room.mailer.go_on.set()
    first.join(10)
    assert room.correspondence.send(KIND, "id1", "event-1")["outcome"] == "ALREADY_SENT"
    assert [outcome["outcome"] for outcome in outcomes] == ["SENT"]
    assert len(room.mailer.sent) == 1


def test_many_at_once_send_it_once(room):
    barrier, outcomes = threading.Barrier(8), []

    def attempt():
        barrier.wait(10)
        try:
            outcomes.append(room.correspondence.send(KIND, "id1", "event-1")["outcome"])
        except TemporaryFailure:
            outcomes.append("LATER")

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert outcomes.count("SENT") == 1
    assert len(outcomes) == 8
    assert len(room.mailer.sent) == 1


def test_a_letter_whose_run_was_cut_short_may_go_out_again_at_once_under_the_same_message_id():
    room = PostRoom(mailer=CutShort())
    room.in_review()
    with pytest.raises(KeyboardInterrupt):
        room.correspondence.send(KIND, "id1", "event-1")
    assert room.correspondence.send(KIND, "id1", "event-1")["outcome"] == "SENT"
    first, second = (message["Message-ID"] for message in room.mailer.messages)
    assert first == second


def test_the_reservation_of_a_process_nobody_knows_about_stands_until_it_lapses(room):
    room.effects.begin(letter_key(KIND, "id1", "event-1", "somchai@example.com"), "letter")
    with pytest.raises(TemporaryFailure):
        room.correspondence.send(KIND, "id1", "event-1")
    room.clock.move(timedelta(minutes=11))
    assert room.correspondence.send(KIND, "id1", "event-1")["outcome"] == "SENT"


def test_a_letter_that_would_no_longer_be_true_is_not_sent():
    room = PostRoom()
    application = room.sent_back("farm.area")
    room.service.resubmit(FARMER, application.id)
    late = room.correspondence.send("status-change.revision", application.id, "event-1")
    assert late == {"outcome": "SUPERSEDED", "messageId": None}
    assert room.correspondence.send("status-change.revision", application.id, "event-1") == late
    assert room.mailer.sent == []


def test_an_unknown_application_and_an_unknown_kind_are_refused(room):
    with pytest.raises(NotFound):
        room.correspondence.send(KIND, "nobody", "event-1")
    with pytest.raises(InvalidInput):
        room.correspondence.send("no.such.kind", "id1", "event-1")
    assert room.mailer.sent == []
