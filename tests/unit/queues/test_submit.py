"""Submitting: validation, the ledger first, one answer for both ways."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import BaseModel

from backend import context
from backend.adapters.documents.store import StoreUnavailable
from backend.adapters.memory.broker import MemoryBroker
from backend.errors import InvalidInput, PermanentFailure, TemporaryFailure
from backend.queues.errors import UnknownJobType
from backend.queues.records import JobState
from backend.queues.testing import assert_submitted, drain, run_until_quiet, submitted
from tests.support.queues import Desk, Errand, run_errand


def test_a_queued_job_waits_in_ledger_and_broker_and_a_worker_completes_it():
    desk = Desk()
    with context.bind(requestId="req_12345678"):
        answer = desk.service.submit(run_errand, Errand(place="market"), subject="app-1", requested_by="u-1")
    assert (answer.state, answer.mode, answer.result, answer.duplicate) == (JobState.WAITING, "queue", None, False)
    assert answer.queued

    assert [job.state for job in drain(desk.platform)] == [JobState.COMPLETED]

    job = desk.service.get(answer.job_id)
    assert (job.result, job.progress, job.subject, job.requested_by) == ({"ok": True}, 100, "app-1", "u-1")
    assert (job.request_id, job.reason) == ("req_12345678", "ENABLE_QUEUE is true")
    assert [entry.event for entry in job.timeline] == ["accepted", "started", "completed"]
    assert desk.broker.in_flight() == []


@pytest.mark.parametrize("value", ["false", "", "1", "yes", "TRUE "])
def test_only_true_queues(value):
    desk = Desk(ENABLE_QUEUE=value)
    answer = desk.service.submit(run_errand, {"place": "market"})
    expected = "queue" if value.strip().lower() == "true" else "inline"
    assert answer.mode == expected


def test_without_the_queue_the_job_runs_in_the_caller_with_an_answer_of_the_same_shape():
    desk = Desk(ENABLE_QUEUE="false")
    answer = desk.service.submit("run_errand", {"place": "market"}, delay=5000)
    assert (answer.state, answer.mode, answer.result) == (JobState.COMPLETED, "inline", {"ok": True})
    assert answer.reason == "ENABLE_QUEUE is not true"
    assert not answer.queued
    assert desk.errands.done == ["market"]
    assert desk.service.get(answer.job_id).attempts[0].worker == "inline"


def test_the_caller_can_ask_for_it_now_although_the_queue_is_on_and_paused():
    desk = Desk()
    desk.control.pause("aiQc")
    answer = desk.service.submit(run_errand, {"place": "market"}, inline=True)
    assert (answer.mode, answer.state, answer.reason) == ("inline", JobState.COMPLETED, "the caller asked for it now")


def test_redis_away_runs_the_job_in_the_caller_and_opens_the_circuit():
    desk = Desk()
    desk.broker.away = True
    first = desk.service.submit(run_errand, {"place": "a"}, delay=5000)
    second = desk.service.submit(run_errand, {"place": "b"})
    assert [(a.mode, a.state, a.reason) for a in (first, second)] == [("inline", JobState.COMPLETED, "Redis is away")] * 2
    assert desk.platform.circuit.state == "open"
    assert desk.errands.done == ["a", "b"]


def test_a_hand_over_that_arrived_without_an_answer_does_not_run_the_job_twice():
    desk = Desk()

    class Deaf(type(desk.broker)):
        def hand_over(self, tickets):
            super().hand_over(tickets)
            self.away = True
            self._reached()

    deaf = Deaf()
    desk = Desk(broker=deaf)
    answer = desk.service.submit(run_errand, {"place": "market"})
    assert (answer.mode, answer.state) == ("inline", JobState.COMPLETED)
    deaf.away = False
    assert drain(desk.platform) == []
    assert desk.errands.done == ["market"]
    assert deaf.in_flight() == []


def test_a_worker_that_was_quicker_than_the_fallback_keeps_the_job():
    holder = {}

    class Treacherous(type(Desk().broker)):
        def hand_over(self, tickets):
            super().hand_over(tickets)
            holder["desk"].take_and_vanish("quick-worker")
            self.away = True
            self._reached()

    desk = holder["desk"] = Desk(broker=Treacherous())
    answer = desk.service.submit(run_errand, {"place": "market"})
    assert (answer.mode, answer.state) == ("queue", JobState.ACTIVE)
    assert desk.errands.done == []


def test_a_given_id_that_is_there_answers_with_the_first_job():
    desk = Desk()
    first = desk.service.submit(run_errand, {"place": "a"}, job_id="run_errand-e1")
    second = desk.service.submit(run_errand, {"place": "b"}, job_id="run_errand-e1")
    assert (second.job_id, second.duplicate, second.state) == (first.job_id, True, JobState.WAITING)
    drain(desk.platform)
    third = desk.service.submit(run_errand, {"place": "c"}, job_id="run_errand-e1")
    assert (third.duplicate, third.state, third.result) == (True, JobState.COMPLETED, {"ok": True})
    assert desk.errands.done == ["a"]


@pytest.mark.parametrize(
    ("payload", "field", "cure"),
    [
        ({"plce": "x", "place": "y"}, "payload.plce", "did you mean 'place'?"),
        ({"place": "x", "zzz": 1}, "payload.zzz", "the fields are place, weight"),
        ({}, "payload.place", "Field required"),
        ({"place": "x", "weight": "heavy"}, "payload.weight", "valid integer"),
    ],
)
def test_a_wrong_payload_fails_at_submit_with_name_and_cure(payload, field, cure):
    desk = Desk()
    with pytest.raises(InvalidInput) as caught:
        desk.service.submit(run_errand, payload)
    assert caught.value.errors[0].field == field
    assert cure in caught.value.errors[0].message
    assert submitted(desk.platform) == []


def test_the_payload_of_another_job_type_is_refused():
    class Other(Errand):
        pass

    desk = Desk()
    desk.service.submit(run_errand, Other(place="a subclass is fine"))
    with pytest.raises(InvalidInput, match="this job takes Errand"):
        desk.service.submit(run_errand, Stranger())


class Stranger(BaseModel):
    """A model that no job takes."""


def test_an_unknown_job_type_is_named_with_the_nearest():
    with pytest.raises(UnknownJobType, match="did you mean 'run_errand'"):
        Desk().service.submit("run_erand", {"place": "x"})


@pytest.mark.parametrize("job_id", ["a b", "ก", "a:b", "", "x" * 129])
def test_ids_that_rq_would_refuse_are_refused(job_id):
    with pytest.raises(InvalidInput) as caught:
        Desk().service.submit(run_errand, {"place": "x"}, job_id=job_id)
    assert caught.value.errors[0].field == "jobId"


def test_options_come_from_the_queue_then_the_job_type_then_the_call():
    desk = Desk(AI_QC_RETRY_ATTEMPTS="4")
    plain = desk.service.get(desk.service.submit(run_errand, {"place": "x"}).job_id).options
    assert (plain.attempts, plain.priority, plain.timeout, plain.backoff.type) == (4, 5, 120_000, "exponential")
    own = desk.service.get(desk.service.submit("try_once", {"place": "x"}, priority=7).job_id).options
    assert (own.attempts, own.priority, own.timeout, own.backoff.delay, own.backoff.type) == (1, 7, 60_000, 100, "fixed")
    called = desk.service.get(desk.service.submit("try_once", {"place": "x"}, attempts=2).job_id).options
    assert called.attempts == 2


def test_what_one_call_chose_is_not_the_next_one_s_nor_another_declaration_s():
    desk = Desk()
    usual = desk.service.submit(run_errand, {"place": "a"})
    chosen = desk.service.submit(run_errand, {"place": "b"}, priority=1, attempts=9)
    again = desk.service.submit(run_errand, {"place": "c"})
    declared_anew = desk.service.submit(replace(run_errand, options={"priority": 2}), {"place": "d"})
    found = [desk.service.get(answer.job_id).options for answer in (usual, chosen, again, declared_anew)]
    assert [each.priority for each in found] == [5, 1, 5, 2]
    assert found[0] == found[2]


def test_a_delayed_job_runs_when_it_is_due_and_not_before():
    desk = Desk()
    answer = desk.service.submit(run_errand, {"place": "x"}, delay=5000)
    assert answer.state is JobState.DELAYED
    assert drain(desk.platform) == []
    assert [job.id for job in run_until_quiet(desk.platform, desk.clock)] == [answer.job_id]


def test_a_ledger_that_is_away_accepts_nothing():
    desk = Desk()
    desk.store.away = True
    with pytest.raises(StoreUnavailable):
        desk.service.submit(run_errand, {"place": "x"})
    desk.store.away = False
    assert drain(desk.platform) == []
    assert submitted(desk.platform) == []


def test_a_paused_queue_accepts_and_waits_in_every_mode():
    for enable in ("true", "false"):
        desk = Desk(ENABLE_QUEUE=enable)
        desk.control.pause("aiQc")
        answer = desk.service.submit(run_errand, {"place": "x"})
        assert (answer.mode, answer.state) == ("queue", JobState.WAITING)
        assert answer.reason == "the queue is paused: the job waits"
        assert drain(desk.platform) == []
        assert desk.errands.done == []


def test_a_paused_queue_waits_although_redis_is_away():
    desk = Desk()
    desk.control.pause("aiQc")
    desk.broker.away = True
    answers = [desk.service.submit(run_errand, {"place": "x"}) for _ in range(2)]
    assert [a.state for a in answers] == [JobState.WAITING] * 2
    assert desk.errands.done == []


def test_inline_retries_wait_at_most_a_second_in_all_and_then_the_job_is_dead():
    desk = Desk(ENABLE_QUEUE="false")
    desk.errands.outcomes = [TemporaryFailure("busy", retry_after=30), ValueError("broken"), TemporaryFailure("busy")]
    answer = desk.service.submit(run_errand, {"place": "x"})
    assert (answer.state, answer.mode, answer.error) == (JobState.FAILED, "inline", "busy")
    assert len(desk.slept) == 2
    assert 0 < sum(desk.slept) <= 1.0
    assert [(place, attempt) for place, attempt, _ in desk.errands.dead] == [("x", 3)]


def test_an_inline_job_that_succeeds_on_its_second_attempt_is_completed():
    desk = Desk(ENABLE_QUEUE="false")
    desk.errands.outcomes = [TemporaryFailure("busy"), {"n": 1}]
    answer = desk.service.submit(run_errand, {"place": "x"})
    assert (answer.state, answer.result, answer.error) == (JobState.COMPLETED, {"n": 1}, "")


def test_an_inline_failure_is_an_answer_and_not_an_exception():
    desk = Desk(ENABLE_QUEUE="false")
    desk.errands.outcomes = [PermanentFailure("refused")]
    answer = desk.service.submit(run_errand, {"place": "x"})
    assert (answer.state, answer.error) == (JobState.FAILED, "refused")
    assert desk.slept == []


def test_jobs_are_found_by_subject_state_and_asker():
    desk = Desk()
    for number in range(3):
        desk.service.submit(run_errand, {"place": str(number)}, subject="app-1", requested_by=f"u-{number % 2}")
        desk.clock.move(timedelta(seconds=1))
    newest = desk.service.latest(run_errand, "app-1")
    assert newest.payload["place"] == "2"
    assert desk.service.latest("try_once", "app-1") is None
    assert [job.payload["place"] for job in desk.service.list(requested_by="u-0").items] == ["2", "0"]
    first = desk.service.list(queue="aiQc", state="waiting", limit=2)
    rest = desk.service.list(queue="aiQc", state="waiting", limit=2, cursor=first.next)
    assert [job.payload["place"] for job in (*first.items, *rest.items)] == ["2", "1", "0"]
    assert rest.next is None
    assert desk.service.list(state="failed").items == []
    assert len(desk.service.list(state=["waiting", "failed"]).items) == 3
    assert len(desk.service.list(queue="aiQc", state=(JobState.FAILED, "delayed", "waiting")).items) == 3
    assert desk.service.list(queue="aiQc", state=["failed", "delayed"]).items == []


def test_the_helper_says_what_was_submitted_instead():
    desk = Desk()
    desk.service.submit(run_errand, {"place": "x"})
    assert assert_submitted(desk.platform, run_errand, place="x").payload["place"] == "x"
    with pytest.raises(AssertionError, match="'place': 'x'"):
        assert_submitted(desk.platform, run_errand, place="y")


class CountingBroker(MemoryBroker):
    def __init__(self):
        super().__init__()
        self.calls = 0

    def hand_over(self, tickets):
        self.calls += 1
        super().hand_over(tickets)


def test_a_paused_queue_asks_an_absent_redis_once():
    desk = Desk(broker=CountingBroker())
    desk.control.pause("aiQc")
    desk.broker.away = True
    for _ in range(3):
        desk.service.submit(run_errand, {"place": "x"})
    assert desk.broker.calls == 1


def test_without_the_queue_redis_is_never_asked_not_even_for_a_paused_queue():
    desk = Desk(broker=CountingBroker(), ENABLE_QUEUE="false")
    desk.control.pause("aiQc")
    desk.service.submit(run_errand, {"place": "x"})
    desk.service.submit("try_once", {"place": "x"})
    assert (desk.broker.calls, desk.platform.circuit.state) == (0, "closed")


def test_the_trial_of_a_half_open_circuit_is_not_spent_on_a_job_that_does_not_go_to_redis():
    desk = Desk()
    desk.broker.away = True
    desk.service.submit(run_errand, {"place": "opens"})
    desk.broker.away = False
    desk.clock.move(timedelta(seconds=5))
    assert desk.service.submit(run_errand, {"place": "now"}, inline=True).mode == "inline"
    desk.control.pause("email")
    assert desk.service.submit(run_errand, {"place": "trial"}).mode == "queue"
    assert desk.platform.circuit.state == "closed"


def test_a_list_has_at_least_one_job_to_a_page_and_at_most_two_hundred():
    desk = Desk()
    for number in range(202):
        desk.service.submit(run_errand, {"place": str(number)})
    assert [len(desk.service.list(limit=limit).items) for limit in (-1, 0, 1, 200, 201, 9999)] == [1, 1, 1, 200, 200, 200]
    assert len(desk.service.list().items) == 50
