"""The one path of a run: claim, middleware, outcome, dead letters."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from backend import context
from backend.adapters.documents.store import StoreUnavailable
from backend.errors import Misconfigured, NotFound, PermanentFailure, TemporaryFailure
from backend.queues.errors import JobFailed, JobTimedOut, LostWorker
from backend.queues.middleware import LogContext, LogLines, Middleware, MiddlewareList
from backend.queues.options import Keep
from backend.queues.records import JobState
from backend.queues.settling import RETENTION_S, keep_count, keep_seconds
from backend.queues.testing import drain, run_until_quiet
from backend.queues.working import run_delivery
from tests.support.logged import logged
from tests.support.queues import NOON, Desk, Errands, run_errand, try_once


def submit(desk, job_type=run_errand, **more):
    return desk.service.submit(job_type, {"place": "market"}, **more).job_id


def test_the_context_tells_the_attempt_and_who_asked():
    desk = Desk()
    with context.bind(requestId="req_12345678"):
        job_id = submit(desk, subject="app-1", requested_by="u-1")
    desk.errands.outcomes = [TemporaryFailure("x")]
    run_until_quiet(desk.platform, desk.clock)
    first, second = desk.errands.contexts
    assert (first.job_id, first.attempt, first.attempts, first.queue, first.last_attempt) == (job_id, 1, 3, "aiQc", False)
    assert (second.attempt, second.request_id, second.subject, second.requested_by) == (2, "req_12345678", "app-1", "u-1")


def test_retries_wait_two_then_four_seconds_and_the_last_failure_is_reported_once():
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [ValueError("a"), ValueError("b"), ValueError("c")]
    moments = []
    while not desk.service.get(job_id).finished:
        job = run_until_quiet(desk.platform, desk.clock, within=timedelta(0)) or []
        moments.append((desk.clock.now() - NOON).total_seconds()) if job else desk.clock.move(timedelta(milliseconds=500))
    assert moments == [0.0, 2.0, 6.0]
    job = desk.service.get(job_id)
    assert (job.state, job.error, job.error_class, job.on_dead, job.on_dead_tries) == (JobState.FAILED, "c", "ValueError", "done", 1)
    [(place, attempt, error)] = desk.errands.dead
    assert (place, attempt, type(error), str(error)) == ("market", 3, JobFailed, "c")
    assert desk.broker.buried == {job_id: "ValueError"}


@pytest.mark.parametrize("error", [PermanentFailure("refused"), Misconfigured("no key"), NotFound("gone")])
def test_a_hopeless_failure_is_not_tried_again(error):
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [error]
    drain(desk.platform)
    job = desk.service.get(job_id)
    assert (job.state, len(job.attempts), len(desk.errands.dead)) == (JobState.FAILED, 1, 1)


def test_a_job_type_without_on_dead_dies_quietly():
    desk = Desk()
    job_id = submit(desk, try_once)
    desk.errands.outcomes = [ValueError("x")]
    drain(desk.platform)
    assert (desk.service.get(job_id).on_dead, desk.errands.dead) == ("none", [])


def test_the_time_limit_of_the_worker_gets_the_job_s_timeout_and_its_alarm_is_a_failed_attempt():
    desk = Desk()
    job_id = submit(desk, timeout=1234, attempts=1)
    seen = []

    @contextmanager
    def strict(milliseconds):
        seen.append(milliseconds)
        yield
        raise JobTimedOut(milliseconds)

    job = desk.platform.runner.run(job_id, worker="w", time_limit=strict)
    assert seen == [1234]
    assert (job.state, job.attempts[0].outcome, job.error) == (JobState.FAILED, "timedOut", "Promise timed out after 1234 milliseconds")


def test_a_payload_that_does_not_fit_any_more_fails_at_the_run_with_the_field_s_name():
    desk = Desk()
    job_id = submit(desk)
    desk.store.set_fields("jobs", job_id, {"payload": {"plce": "x"}})
    drain(desk.platform)
    job = desk.service.get(job_id)
    assert (job.state, job.error_class, len(job.attempts)) == (JobState.FAILED, "InvalidInput", 1)
    assert "did you mean 'place'" in job.error


def test_a_job_type_that_is_gone_fails_and_is_not_lost():
    desk = Desk()
    job_id = submit(desk)
    desk.store.set_fields("jobs", job_id, {"type": "forgotten"})
    drain(desk.platform)
    assert desk.service.get(job_id).error_class == "UnknownJobType"


@pytest.mark.parametrize("result", [{"at": NOON}, {"x": float("nan")}, [1, 2], {1, 2}])
def test_a_result_that_is_not_plain_json_fails_the_job(result):
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [result]
    drain(desk.platform)
    assert desk.service.get(job_id).error_class == "PermanentFailure"


@pytest.mark.parametrize("result", [None, {}, {"n": 0, "s": "", "b": False}])
def test_falsy_results_are_kept_as_they_are(result):
    desk = Desk()
    job_id = submit(desk)
    desk.errands.outcomes = [result]
    drain(desk.platform)
    assert desk.service.get(job_id).result == result


def test_two_deliveries_run_the_job_once():
    desk = Desk()
    job_id = submit(desk)
    assert desk.platform.runner.run(job_id, worker="a").state is JobState.COMPLETED
    assert desk.platform.runner.run(job_id, worker="b") is None
    assert desk.errands.done == ["market"]


def test_what_a_run_writes_after_another_took_over_is_dropped():
    desk = Desk()
    job_id = submit(desk)

    def overtaken():
        desk.platform.keeper.drop(*desk.platform.keeper.held()[0])  # nobody renews it, as of a process that is stopped
        desk.clock.move(timedelta(seconds=16))
        desk.recovery.reap_lost()
        return {"late": True}

    desk.errands.outcomes = [overtaken]
    assert desk.platform.runner.run(job_id, worker="slow") is None
    job = desk.service.get(job_id)
    assert (job.state, job.result, job.attempts[0].outcome) == (JobState.WAITING, None, "lost")


def test_a_ledger_that_is_away_for_a_moment_is_waited_for_with_the_outcome():
    desk = Desk()
    desk.while_sleeping = lambda: setattr(desk.store, "away", len(desk.slept) < 2)
    job_id = submit(desk)

    def then_away():
        desk.store.away = True
        return {"n": 1}

    desk.errands.outcomes = [then_away]
    assert desk.platform.runner.run(job_id, worker="w").result == {"n": 1}
    assert desk.slept == [0.1, 0.5]


def test_a_ledger_that_stays_away_leaves_the_job_to_its_lease():
    desk = Desk()
    job_id = submit(desk)

    def then_away():
        desk.store.away = True

    desk.errands.outcomes = [then_away]
    with pytest.raises(StoreUnavailable):
        drain(desk.platform)
    desk.store.away = False
    assert desk.service.get(job_id).state is JobState.ACTIVE
    desk.clock.move(timedelta(seconds=15))
    desk.recovery.reap_lost()
    assert drain(desk.platform)[-1].state is JobState.COMPLETED


def test_a_worker_without_a_ledger_puts_the_delivery_back():
    desk = Desk()
    job_id = submit(desk)
    delivery = desk.broker.take(["aiQc"], 0)
    desk.store.away = True
    with pytest.raises(StoreUnavailable):
        run_delivery(desk.platform, delivery, worker="w")
    desk.store.away = False
    assert desk.broker.in_flight() == []
    assert [job.id for job in drain(desk.platform)] == [job_id]


def test_a_run_that_is_given_back_is_not_counted_and_runs_again():
    desk = Desk()
    job_id = submit(desk)
    delivery = desk.take_and_vanish()
    token = desk.service.get(job_id).lease.token
    assert desk.platform.runner.give_back(job_id, token).state is JobState.WAITING
    assert desk.platform.runner.give_back(job_id, token) is None
    desk.broker.put_back(delivery)
    assert drain(desk.platform)[0].attempts[-1].number == 1


def test_a_runner_without_services_says_what_is_missing():
    desk = Desk()
    desk.platform.use(None)
    job_id = submit(desk)
    drain(desk.platform)
    assert "call use(services)" in desk.service.get(job_id).error


def test_on_dead_that_fails_is_called_again_later_and_then_not_any_more():
    desk = Desk()
    job_id = submit(desk, attempts=1)
    desk.errands.outcomes = [ValueError("x")]
    desk.errands.on_dead_outcomes = [OSError("mail server away"), None]
    drain(desk.platform)
    assert (desk.errands.dead, desk.service.get(job_id).on_dead) == ([], "pending")
    assert desk.platform.dead_letters.report_due() == 0
    desk.clock.move(timedelta(seconds=30))
    assert desk.platform.dead_letters.report_due() == 1
    assert (len(desk.errands.dead), desk.service.get(job_id).on_dead) == (1, "done")
    desk.clock.move(timedelta(days=1))
    assert desk.platform.dead_letters.report_due() == 0


def test_on_dead_is_called_by_whoever_comes_first_and_by_nobody_else():
    desk = Desk()
    job_id = submit(desk, attempts=1)
    desk.errands.outcomes = [ValueError("x")]
    desk.errands.on_dead_outcomes = [lambda: desk.platform.dead_letters.report(desk.service.get(job_id)) and None]
    drain(desk.platform)
    assert len(desk.errands.dead) == 1


def test_a_ledger_that_is_away_while_reporting_loses_no_report():
    class Cutter(Middleware):
        def ended(self, job):
            desk.store.away = True

    desk = Desk(middleware=MiddlewareList([Cutter()]))
    job_id = submit(desk, attempts=1)
    desk.errands.outcomes = [ValueError("x")]
    assert desk.platform.runner.run(job_id, worker="w").state is JobState.FAILED
    desk.store.away = False
    assert desk.errands.dead == []
    assert desk.platform.dead_letters.report_due() == 1


def test_dead_letters_are_listed_with_their_attempts():
    desk = Desk()
    job_id = submit(desk, attempts=1)
    desk.errands.outcomes = [ValueError("x")]
    drain(desk.platform)
    assert [(job.id, job.attempts[0].error) for job in desk.platform.dead_letters.list(queue="aiQc").items] == [(job_id, "ValueError")]
    assert desk.platform.dead_letters.list(queue="email").items == []


def test_a_lost_worker_s_last_job_reports_a_lost_worker():
    desk = Desk()
    submit(desk)
    for _ in range(3):
        desk.take_and_vanish()
        desk.clock.move(timedelta(seconds=15))
        assert desk.recovery.reap_lost() == 1
    [(_, _, error)] = desk.errands.dead
    assert isinstance(error, LostWorker)


def test_every_log_line_of_a_job_carries_the_request_and_the_job():
    desk = Desk(middleware=MiddlewareList([LogContext(), LogLines()]))
    seen = []
    with context.bind(requestId="req_12345678"):
        job_id = submit(desk, subject="app-1", requested_by="u-1")
    desk.errands.outcomes = [lambda: seen.append(dict(context.bound()))]
    drain(desk.platform)
    what = {"jobId": job_id, "jobType": "run_errand", "queue": "aiQc", "attempt": 1, "mode": "queue"}
    assert seen == [{"requestId": "req_12345678", **what, "userId": "u-1", "applicationId": "app-1"}]
    assert context.bound() == {}


def test_the_line_of_an_end_names_the_job_wherever_it_is_written(capsys):
    ended = []

    class KeepEnds(Middleware):
        def ended(self, job):
            ended.append(job)

    desk = Desk(middleware=MiddlewareList([KeepEnds()]))
    submit(desk, subject="app-1", requested_by="u-1")
    drain(desk.platform)
    (job,) = ended
    with logged(capsys) as read:
        LogLines().ended(job)
        with LogContext().running(job):
            LogLines().ended(job)
            context.add(userId="somebody whom the handler has bound")
            LogLines().ended(job)
        alone, *in_its_context = read()
    del alone["time"]
    assert (alone["jobId"], alone["userId"], alone["applicationId"]) == (job.id, "u-1", "app-1")
    for line in in_its_context:
        assert alone.items() <= line.items()


def test_a_job_that_nobody_asked_for_gets_a_request_id_of_its_own():
    desk = Desk(middleware=MiddlewareList([LogContext()]))
    seen = []
    submit(desk)
    desk.errands.outcomes = [lambda: seen.append(context.request_id())]
    drain(desk.platform)
    assert seen[0].startswith("req_")


def test_a_middleware_that_fails_fails_no_job():
    class Clumsy(Middleware):
        def submitted(self, job):
            raise ValueError

        def running(self, job):
            raise ValueError

        def ended(self, job):
            raise ValueError

    desk = Desk(middleware=MiddlewareList([Clumsy()]))
    submit(desk)
    assert [job.state for job in drain(desk.platform)] == [JobState.COMPLETED]


def test_progress_and_log_lines_go_to_the_ledger_and_only_while_the_run_holds_the_job():
    desk = Desk()
    job_id = submit(desk)
    shown = []

    def tell():
        run = desk.errands.contexts[0]
        run.progress(40)
        run.log("ก" * 999)
        shown.append(desk.service.get(job_id))

    desk.errands.outcomes = [tell]
    drain(desk.platform)
    assert (shown[0].progress, len(shown[0].log[0])) == (40, 500)
    desk.errands.contexts[0].progress(1)
    desk.errands.contexts[0].log("late")
    job = desk.service.get(job_id)
    assert (job.progress, len(job.log)) == (100, 1)


def test_a_ledger_that_is_away_costs_the_note_and_not_the_job():
    desk = Desk()
    submit(desk)

    def tell():
        desk.store.away = True
        desk.errands.contexts[0].progress(40)
        desk.errands.contexts[0].log("lost")
        desk.store.away = False

    desk.errands.outcomes = [tell]
    assert drain(desk.platform)[0].state is JobState.COMPLETED


@pytest.mark.parametrize(
    ("remove", "seconds"),
    [
        (True, 0),
        (0, 0),
        (False, RETENTION_S),
        (1, RETENTION_S),
        (100, RETENTION_S),
        (Keep(age=60), 60),
        (Keep(age=0), 0),
        (Keep(count=5), RETENTION_S),
        (Keep(age=60, count=5), 60),
        (Keep(age=60, count=0), 0),
        (Keep(count=0), 0),
    ],
)
def test_how_long_redis_shows_a_finished_job(remove, seconds):
    assert keep_seconds(remove) == seconds


@pytest.mark.parametrize(
    ("remove", "count"),
    [(True, None), (False, None), (0, 0), (1, 1), (100, 100), (Keep(age=60), None), (Keep(count=5), 5), (Keep(age=60, count=0), 0)],
)
def test_how_many_finished_jobs_redis_shows(remove, count):
    assert keep_count(remove) == count


def test_a_handler_can_be_called_directly():
    errands = Errands()
    assert run_errand(run_errand.read({"place": "x"}), errands, None) == {"ok": True}
    assert errands.done == ["x"]
