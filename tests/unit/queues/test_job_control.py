"""What an administrator may do with one job, and what its state forbids."""

from datetime import timedelta

import pytest

from backend.errors import Conflict, InvalidInput, NotFound, TemporaryFailure
from backend.queues.kept_lines import MAX_LINES
from backend.queues.records import JobState
from backend.queues.selecting import Selection
from backend.queues.testing import drain, run_until_quiet
from tests.support.queues import Desk, run_errand, try_once

ABSENT = "no-such-job"


def submit(desk, job_type=run_errand, **more):
    return desk.service.submit(job_type, {"place": more.pop("place", "x")}, **more).job_id


def failed(desk, job_type=run_errand, **more):
    """A job of one attempt that has used it up."""
    job_id = submit(desk, job_type, **{"attempts": 1, **more})
    desk.errands.outcomes = [TemporaryFailure("no")]
    drain(desk.platform)
    return job_id


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def jobs(desk):
    return desk.platform.job_control


class TestRetry:
    def test_a_failed_job_gets_one_more_attempt_and_then_fails_for_good_again(self, desk, jobs):
        job_id = submit(desk, attempts=2, backoff=0)
        desk.errands.outcomes = [TemporaryFailure("no"), TemporaryFailure("again")]
        run_until_quiet(desk.platform, desk.clock)
        retried = jobs.retry(job_id, by="u-1")
        assert (retried.state, retried.error, retried.finished_at, retried.retried_at) == (JobState.WAITING, "", None, desk.clock.now())
        assert retried.timeline[-1].event == "retriedByHand"
        desk.errands.outcomes = [TemporaryFailure("still no")]
        drain(desk.platform)
        job = desk.service.get(job_id)
        assert (job.state, job.error, job.to_bull()["attemptsMade"]) == (JobState.FAILED, "still no", 3)

    def test_with_fresh_attempts_it_starts_anew_and_keeps_its_history(self, desk, jobs):
        job_id = failed(desk, attempts=1)
        assert jobs.retry(job_id, fresh=True).failures == 0
        desk.errands.outcomes = [TemporaryFailure("once more")]
        drain(desk.platform)
        job = desk.service.get(job_id)
        assert (job.state, job.failures, [attempt.number for attempt in job.attempts]) == (JobState.FAILED, 1, [1, 1])

    def test_it_keeps_its_priority_and_stands_behind_its_equals(self, desk, jobs):
        again = failed(desk, priority=3)
        ahead, behind = submit(desk, priority=3), submit(desk, priority=4)
        jobs.retry(again)
        assert [job.id for job in drain(desk.platform)] == [ahead, again, behind]

    def test_its_death_is_told_again_when_it_dies_again(self, desk, jobs):
        job_id = failed(desk)
        jobs.retry(job_id)
        desk.errands.outcomes = [TemporaryFailure("no")]
        drain(desk.platform)
        assert len(desk.errands.dead) == 2

    def test_in_a_paused_queue_it_waits(self, desk, jobs):
        job_id = failed(desk)
        desk.control.pause("aiQc")
        jobs.retry(job_id)
        assert (drain(desk.platform), jobs.state(job_id)) == ([], "paused")

    def test_a_completed_job_is_left_untouched(self, desk, jobs):
        job_id = submit(desk)
        drain(desk.platform)
        before = desk.service.get(job_id)
        with pytest.raises(Conflict, match="has not failed"):
            jobs.retry(job_id)
        assert desk.service.get(job_id) == before

    def test_it_cannot_be_retried_twice(self, desk, jobs):
        job_id = failed(desk)
        jobs.retry(job_id)
        with pytest.raises(Conflict, match="retried already"):
            jobs.retry(job_id)

    def test_while_redis_is_away_it_waits_for_the_relay(self, desk, jobs):
        job_id = failed(desk)
        desk.broker.away = True
        assert jobs.retry(job_id).state is JobState.WAITING
        desk.broker.away = False
        desk.clock.move(timedelta(seconds=6))
        desk.recovery.relay()
        assert [job.id for job in drain(desk.platform)] == [job_id]

    def test_all_failed_jobs_of_a_queue_or_of_all_queues_are_retried_the_first_to_fail_first(self, desk, jobs):
        first, second = failed(desk), failed(desk)
        other = failed(desk, try_once)
        assert jobs.retry_all("aiQc", limit=1) == 1
        assert [job.id for job in drain(desk.platform)] == [first]
        assert jobs.retry_all() == 2
        assert {job.id for job in drain(desk.platform)} == {second, other}
        assert jobs.retry_all() == 0

    def test_who_listens_hears_that_it_waits_again(self, desk, jobs):
        heard = []
        job_id = failed(desk)
        desk.platform.events.on("waiting", heard.append)
        jobs.retry(job_id)
        assert [event.job_id for event in heard] == [job_id]


class TestPromote:
    def test_a_delayed_job_runs_now_at_its_own_priority(self, desk, jobs):
        late = submit(desk, delay=60_000, priority=2)
        first, last = submit(desk, priority=1), submit(desk, priority=3)
        promoted = jobs.promote(late)
        assert (promoted.state, promoted.to_bull()["delay"], promoted.to_bull()["opts"]["delay"]) == (JobState.WAITING, 0, 60_000)
        assert [job.id for job in drain(desk.platform)] == [first, late, last]
        desk.clock.move(timedelta(minutes=2))
        assert drain(desk.platform) == []

    def test_in_a_paused_queue_it_counts_as_paused(self, desk, jobs):
        job_id = submit(desk, delay=60_000)
        desk.control.pause("aiQc")
        jobs.promote(job_id)
        assert desk.control.stats()["aiQc"]["paused"] == 1

    def test_a_job_that_is_not_delayed_cannot_be_promoted(self, desk, jobs):
        with pytest.raises(Conflict, match="not in a delayed state"):
            jobs.promote(submit(desk))

    def test_all_delayed_jobs_are_promoted_in_the_order_of_their_making(self, desk, jobs):
        ids = [submit(desk, delay=1000 * (9 - number)) for number in range(3)]
        other = submit(desk, try_once, delay=5)
        assert jobs.promote_all("aiQc") == 3
        assert [job.id for job in drain(desk.platform)] == ids
        assert desk.service.get(other).state is JobState.DELAYED


class TestCancel:
    @pytest.mark.parametrize("delay", [0, 60_000])
    def test_a_job_that_has_not_begun_fails_at_once_and_its_death_is_told(self, desk, jobs, delay):
        job_id = submit(desk, delay=delay)
        job = jobs.cancel(job_id, by="u-1")
        assert (job.state, job.error, job.error_class, job.attempts) == (JobState.FAILED, "cancelled by u-1", "JobCancelled", ())
        assert len(desk.errands.dead) == 1
        desk.clock.move(timedelta(minutes=2))
        assert (drain(desk.platform), desk.errands.done) == ([], [])

    @pytest.mark.parametrize("act", ["progress", "log", "stop_if_cancelled"])
    def test_a_running_job_stops_at_its_next_check_point_and_is_not_tried_again(self, desk, jobs, act):
        def work():
            context = desk.errands.contexts[-1]
            jobs.cancel(context.job_id, by="u-1")
            assert context.cancelled()
            {"progress": lambda: context.progress(50), "log": lambda: context.log("x"), "stop_if_cancelled": context.stop_if_cancelled}[
                act
            ]()
            raise AssertionError("it went on")

        desk.errands.outcomes = [work]
        job_id = submit(desk)
        drain(desk.platform)
        job = desk.service.get(job_id)
        assert (job.state, job.error, [attempt.outcome for attempt in job.attempts]) == (JobState.FAILED, "cancelled by u-1", ["cancelled"])
        assert (job.failures, len(desk.errands.dead), desk.broker.in_flight()) == (0, 1, [])

    def test_a_job_that_swallows_every_exception_is_stopped_all_the_same(self, desk, jobs):
        def work():
            context = desk.errands.contexts[-1]
            jobs.cancel(context.job_id)
            try:
                context.progress(1)
            except Exception:
                return {"swallowed": True}

        desk.errands.outcomes = [work]
        job_id = submit(desk)
        drain(desk.platform)
        assert desk.service.get(job_id).error == "cancelled"

    def test_a_job_that_fails_by_itself_after_it_was_cancelled_is_not_tried_again(self, desk, jobs):
        desk.errands.outcomes = [lambda: jobs.cancel(desk.errands.contexts[-1].job_id) and TemporaryFailure("no")]
        job_id = submit(desk)
        drain(desk.platform)
        job = desk.service.get(job_id)
        assert (job.state, job.error, len(job.attempts)) == (JobState.FAILED, "no", 1)

    def test_a_job_whose_worker_died_after_it_was_cancelled_does_not_run_again(self, desk, jobs):
        job_id = submit(desk)
        desk.take_and_vanish()
        assert jobs.cancel(job_id, by="u-1").state is JobState.ACTIVE
        desk.clock.move(timedelta(minutes=1))
        desk.recovery.reap_lost()
        job = desk.service.get(job_id)
        assert (job.state, job.error) == (JobState.FAILED, "cancelled by u-1")

    def test_a_job_that_was_handed_back_after_it_was_cancelled_does_not_run_again(self, desk, jobs):
        job_id = submit(desk)
        delivery = desk.take_and_vanish()
        jobs.cancel(job_id, by="u-1")
        desk.platform.runner.give_back(job_id, desk.service.get(job_id).lease.token)
        desk.broker.put_back(delivery)
        drain(desk.platform)
        assert (desk.service.get(job_id).error, desk.errands.done) == ("cancelled by u-1", [])

    def test_a_finished_job_cannot_be_cancelled(self, desk, jobs):
        job_id = submit(desk)
        drain(desk.platform)
        with pytest.raises(Conflict, match="completed already"):
            jobs.cancel(job_id)

    def test_a_cancelled_job_can_be_retried(self, desk, jobs):
        job_id = submit(desk)
        jobs.cancel(job_id)
        jobs.retry(job_id)
        drain(desk.platform)
        assert desk.service.get(job_id).state is JobState.COMPLETED


class TestDiscard:
    def test_it_is_not_tried_again_after_its_next_failure(self, desk, jobs):
        desk.errands.outcomes = [lambda: jobs.discard(desk.errands.contexts[-1].job_id) and TemporaryFailure("no")]
        job_id = submit(desk)
        drain(desk.platform)
        assert (desk.service.get(job_id).state, len(desk.service.get(job_id).attempts)) == (JobState.FAILED, 1)

    def test_a_finished_job_cannot_be_discarded(self, desk, jobs):
        with pytest.raises(Conflict, match="failed already"):
            jobs.discard(failed(desk))


class TestRemove:
    @pytest.mark.parametrize("delay", [0, 1000])
    def test_a_job_is_forgotten_with_its_history_and_never_run(self, desk, jobs, delay):
        heard = []
        desk.platform.events.on("removed", heard.append)
        job_id = submit(desk, delay=delay)
        assert jobs.remove(job_id, by="u-1")
        with pytest.raises(NotFound):
            desk.service.get(job_id)
        desk.clock.move(timedelta(seconds=9))
        assert (drain(desk.platform), [event.job_id for event in heard]) == ([], [job_id])

    def test_finished_jobs_can_be_removed_also_by_who_listens_for_their_end(self, desk, jobs):
        desk.platform.events.on("completed", lambda event: jobs.remove(event.job_id))
        desk.platform.events.on("failed", lambda event: jobs.remove(event.job_id))
        failed(desk)
        submit(desk)
        drain(desk.platform)
        assert desk.service.list().items == []

    def test_a_running_job_cannot_be_removed(self, desk, jobs):
        job_id = submit(desk)
        desk.take_and_vanish()
        with pytest.raises(Conflict, match="Could not remove job"):
            jobs.remove(job_id)

    def test_a_job_that_is_gone_already_is_no_error(self, jobs):
        assert not jobs.remove(ABSENT)

    def test_a_pattern_removes_what_matches_and_does_not_run(self, desk, jobs):
        running = submit(desk, job_id="report-0")
        desk.take_and_vanish()
        for job_id in ("report-1", "report-2", "letter-1"):
            submit(desk, job_id=job_id)
        chosen = Selection("report-*", "aiQc")
        assert (jobs.count_matching(chosen), jobs.remove_matching(chosen), jobs.count_matching(chosen)) == (2, 2, 0)
        assert {job.id for job in desk.service.list().items} == {running, "letter-1"}
        assert jobs.remove_matching(Selection("letter-*", "email")) == 0


class TestDataLogProgressState:
    def test_other_data_is_used_by_the_next_attempt_and_checked(self, desk, jobs):
        job_id = submit(desk)
        jobs.update_data(job_id, {"place": "market", "weight": 2})
        with pytest.raises(InvalidInput, match=r"payload\.plaze"):
            jobs.update_data(job_id, {"plaze": "x"})
        drain(desk.platform)
        assert (desk.errands.done, dict(desk.service.get(job_id).payload)) == (["market"], {"place": "market", "weight": 2})
        with pytest.raises(Conflict, match="completed already"):
            jobs.update_data(job_id, {"place": "x"})

    def test_log_lines_keep_their_order_are_counted_and_read_in_ranges(self, desk, jobs):
        job_id = submit(desk)
        assert [jobs.add_log(job_id, f"บรรทัด {number}") for number in range(3)] == [1, 2, 3]
        read = [(0, -1, False), (1, 1, False), (0, 1, True), (-1, -1, False)]
        assert [[line[-1] for line in jobs.logs(job_id, start, end, newest_first=newest).lines] for start, end, newest in read] == [
            ["0", "1", "2"],
            ["1"],
            ["2", "1"],
            ["2"],
        ]
        assert jobs.logs(job_id, 0, 0).count == 3

    def test_a_log_is_capped(self, desk, jobs):
        job_id = submit(desk)
        for number in range(MAX_LINES + 2):
            jobs.add_log(job_id, str(number) * 400)
        log = jobs.logs(job_id)
        assert (log.count, log.lines[0][:3], len(log.lines[-1])) == (MAX_LINES, "222", 500)

    @pytest.mark.parametrize("value", [42, 0.5, {"ขั้น": "ตรวจ", "n": [1]}])
    def test_progress_is_a_number_or_an_object(self, desk, jobs, value):
        heard = []
        desk.platform.events.on("progress", heard.append)
        job_id = submit(desk)
        jobs.set_progress(job_id, value)
        assert (desk.service.get(job_id).progress, heard[0].arguments["progress"]) == (value, value)

    @pytest.mark.parametrize("value", [True, "half", None, [1]])
    def test_any_other_progress_is_refused(self, desk, jobs, value):
        with pytest.raises(InvalidInput, match="a number or an object"):
            jobs.set_progress(submit(desk), value)

    def test_every_act_on_an_unknown_job_says_so(self, jobs):
        acts = [
            lambda: jobs.retry(ABSENT),
            lambda: jobs.promote(ABSENT),
            lambda: jobs.cancel(ABSENT),
            lambda: jobs.discard(ABSENT),
            lambda: jobs.update_data(ABSENT, {"place": "x"}),
            lambda: jobs.set_progress(ABSENT, 1),
            lambda: jobs.add_log(ABSENT, "x"),
            lambda: jobs.logs(ABSENT),
            lambda: jobs.state(ABSENT),
        ]
        for act in acts:
            with pytest.raises(NotFound, match=ABSENT):
                act()

    def test_the_state_through_every_state(self, desk, jobs):
        dead = failed(desk)
        completed = submit(desk)
        drain(desk.platform)
        active = submit(desk)
        desk.take_and_vanish()
        delayed, waits, other = submit(desk, delay=9), submit(desk), submit(desk, try_once)
        assert [jobs.state(job_id) for job_id in (dead, completed, active, delayed, waits)] == [
            "failed",
            "completed",
            "active",
            "delayed",
            "waiting",
        ]
        desk.control.pause("aiQc")
        assert [jobs.state(job_id) for job_id in (waits, delayed, other)] == ["paused", "delayed", "waiting"]
        desk.broker.clear()
        assert [jobs.state(job_id) for job_id in (waits, other)] == ["stuck", "stuck"]
        desk.broker.away = True
        assert jobs.state(other) == "waiting"
