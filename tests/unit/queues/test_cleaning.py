"""Jobs are taken out of queues on purpose: what, how many, and why some stay."""

from datetime import timedelta

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.errors import Conflict, InvalidInput, NotFound
from backend.queues.cleaning import CHUNK, IDS_AT_MOST
from backend.queues.ports import Ticket
from backend.queues.records import JobState
from backend.queues.service import Submission
from backend.queues.testing import drain, submitted
from tests.support.queues import Desk, run_errand, try_once

DAY = timedelta(days=1)
NO_GRACE = timedelta(0)


class ForgettingBroker(MemoryBroker):
    """Counts how often it was told to forget something."""

    asked = 0

    def forget(self, queue, job_ids):
        self.asked += 1
        super().forget(queue, job_ids)


def submit(desk, times=1, job_type=run_errand, **more):
    return [desk.service.submit(job_type, {"place": "x"}, **more).job_id for _ in range(times)]


def in_every_state(desk):
    """One failed, one completed, one delayed, one active and two waiting jobs; their ids by state."""
    failed = submit(desk, attempts=1)
    desk.errands.outcomes = [ValueError("no")]
    drain(desk.platform)
    completed = submit(desk)
    drain(desk.platform)
    active = submit(desk)
    desk.take_and_vanish()
    return {"failed": failed, "completed": completed, "active": active, "delayed": submit(desk, delay=60_000), "waiting": submit(desk, 2)}


def counted(desk, queue="aiQc"):
    return {state: count for state, count in desk.control.stats()[queue].items() if count}


@pytest.mark.parametrize("state", ["wait", "waiting", "delayed", "completed", "failed"])
def test_clean_removes_the_jobs_of_one_state_and_of_no_other(state):
    desk = Desk()
    ids = in_every_state(desk)
    before = counted(desk)
    cleaned = desk.control.clean_state("aiQc", state, grace=NO_GRACE)
    key = "waiting" if state == "wait" else state
    assert (sorted(cleaned.ids), cleaned.removed, dict(cleaned.skipped)) == (sorted(ids[key]), len(ids[key]), {})
    assert counted(desk) == {other: count for other, count in before.items() if other != key}
    assert {job.id for job in submitted(desk.platform)}.isdisjoint(ids[key])


def test_what_was_cleaned_out_of_the_line_is_never_run():
    desk = Desk()
    submit(desk, 2)
    [kept] = submit(desk, job_type=try_once)
    desk.control.clean_state("aiQc", "waiting", grace=NO_GRACE)
    assert [job.id for job in drain(desk.platform)] == [kept]


def test_a_paused_queue_is_cleaned_as_paused_and_a_running_one_is_not():
    desk = Desk()
    submit(desk, 2)
    assert str(desk.control.clean_state("aiQc", "paused", grace=NO_GRACE)) == (
        "aiQc: removed 0 paused jobs, skipped 2 because the queue is not paused"
    )
    desk.control.pause("aiQc")
    assert desk.control.clean_state("aiQc", "paused", grace=NO_GRACE).removed == 2
    assert desk.control.paused() == ["aiQc"]


def test_only_what_is_as_old_as_the_grace_goes_and_the_rest_is_said_to_be_younger():
    desk = Desk()
    submit(desk, 2)
    desk.clock.move(DAY)
    [young] = submit(desk)
    cleaned = desk.control.clean_state("aiQc", "waiting", grace=DAY)
    assert str(cleaned) == "aiQc: removed 2 waiting jobs, skipped 1 because they are younger"
    assert desk.service.get(young).state is JobState.WAITING


def test_a_job_submitted_long_ago_that_ended_within_the_grace_stays():
    desk = Desk()
    submit(desk)
    desk.clock.move(2 * DAY)
    drain(desk.platform)
    assert desk.control.clean_state("aiQc", "completed", grace=DAY).removed == 0
    desk.clock.move(DAY)
    assert desk.control.clean_state("aiQc", "completed", grace=DAY).removed == 1


def test_a_limit_holds_also_over_repeated_calls_and_the_oldest_go_first():
    desk = Desk()
    ids = submit(desk, 5)
    first = desk.control.clean_state("aiQc", "waiting", grace=NO_GRACE, limit=2)
    assert (list(first.ids), first.skipped) == (ids[:2], {"the limit was reached": 3})
    assert list(desk.control.clean_state("aiQc", "waiting", grace=NO_GRACE, limit=2).ids) == ids[2:4]
    last = desk.control.clean_state("aiQc", "waiting", grace=NO_GRACE, limit=9)
    assert (list(last.ids), last.skipped) == (ids[4:], {})


def test_a_failure_that_nobody_was_told_of_yet_stays():
    desk = Desk()
    submit(desk, attempts=1)
    desk.errands.outcomes, desk.errands.on_dead_outcomes = [ValueError("no")], [OSError("mail is away")]
    drain(desk.platform)
    cleaned = desk.control.clean_state("aiQc", "failed", grace=NO_GRACE)
    assert (cleaned.removed, cleaned.skipped) == (0, {"their failure has not been reported yet": 1})


@pytest.mark.parametrize(
    ("state", "limit", "says"), [("active", 0, "cancel running jobs"), ("stuck", 0, "the states are wait"), ("failed", -1, "0 for all")]
)
def test_what_cannot_be_cleaned_is_refused_with_its_cure(state, limit, says):
    with pytest.raises(InvalidInput, match=says):
        Desk().control.clean_state("aiQc", state, grace=NO_GRACE, limit=limit)


def test_an_unknown_queue_is_refused_everywhere():
    control = Desk().control
    for act in (
        lambda: control.clean_state("aiqc", "failed", grace=NO_GRACE),
        lambda: control.empty("aiqc"),
        lambda: control.drain("aiqc"),
        lambda: control.obliterate("aiqc"),
    ):
        with pytest.raises(NotFound, match="did you mean 'aiQc'"):
            act()


def test_many_jobs_go_in_chunks_and_all_are_counted():
    desk = Desk()
    many = CHUNK + 3
    submit(desk, many)
    cleaned = desk.control.clean_state("aiQc", "waiting", grace=NO_GRACE)
    assert (cleaned.removed, len(cleaned.ids), counted(desk)) == (many, min(many, IDS_AT_MOST), {})


def test_cleaning_many_jobs_waits_for_a_redis_that_is_away_once():
    desk = Desk(broker=ForgettingBroker())
    desk.service.submit_many([Submission(run_errand, {"place": "x"})] * (CHUNK + 1))
    desk.broker.away = True
    assert desk.control.clean_state("aiQc", "waiting", grace=NO_GRACE).removed == CHUNK + 1
    assert (desk.broker.asked, desk.platform.circuit.state) == (1, "open")


def test_cleaning_goes_on_while_redis_is_away_and_its_tickets_are_thrown_away_later():
    desk = Desk()
    submit(desk)
    desk.broker.away = True
    assert desk.control.clean_state("aiQc", "waiting", grace=NO_GRACE).removed == 1
    desk.broker.away = False
    assert drain(desk.platform) == []
    assert desk.errands.done == []


def test_empty_takes_what_waits_and_what_is_delayed_keeps_the_pause_and_leaves_the_rest():
    desk = Desk()
    in_every_state(desk)
    desk.control.pause("aiQc")
    [cleaned] = desk.control.empty("aiQc")
    assert cleaned.removed == 3
    assert counted(desk) == {"active": 1, "completed": 1, "failed": 1}
    assert desk.control.paused() == ["aiQc"]
    assert [each.removed for each in desk.control.empty()] == [0, 0, 0, 0]


def test_drain_leaves_what_is_delayed_unless_asked_for_it():
    desk = Desk()
    in_every_state(desk)
    [cleaned] = desk.control.drain("aiQc")
    assert str(cleaned) == "aiQc: removed 2 waiting jobs, skipped 1 because they are delayed"
    [rest] = desk.control.drain("aiQc", delayed=True)
    assert (rest.removed, rest.skipped) == (1, {})


def test_obliterate_refuses_while_jobs_run_and_leaves_the_queue_as_it_was():
    desk = Desk()
    in_every_state(desk)
    before = counted(desk)
    with pytest.raises(Conflict, match="aiQc has 1 active jobs"):
        desk.control.obliterate("aiQc")
    assert (counted(desk), desk.control.paused()) == (before, [])


def test_obliterate_by_force_leaves_nothing_of_the_queue_and_all_of_the_others():
    desk = Desk()
    in_every_state(desk)
    [other] = submit(desk, job_type=try_once)
    desk.control.pause("aiQc")
    assert desk.control.obliterate("aiQc", force=True).removed == 6
    assert (counted(desk), desk.control.paused(), [job.id for job in submitted(desk.platform)]) == ({}, ["aiQc"], [other])


def test_a_job_that_was_obliterated_while_it_ran_writes_nothing_back():
    desk = Desk()
    submit(desk)
    desk.errands.outcomes = [lambda: desk.control.obliterate("aiQc", force=True) and {"ok": True}]
    assert drain(desk.platform) == []
    assert submitted(desk.platform) == []
    assert desk.broker.in_flight() == []


def test_what_a_worker_claimed_meanwhile_is_not_removed():
    desk = Desk()
    [job_id] = submit(desk)
    read = desk.ledger.removable("aiQc", JobState.WAITING, desk.clock.now() + DAY, 10)
    desk.take_and_vanish()
    assert desk.ledger.remove(read) == set()
    assert desk.service.get(job_id).state is JobState.ACTIVE


def test_who_listens_hears_what_was_cleaned_and_nothing_where_nothing_was():
    desk = Desk()
    heard = []
    desk.platform.events.on("cleaned", heard.append)
    ids = submit(desk, 2)
    desk.control.clean_state("aiQc", "wait", grace=NO_GRACE)
    desk.control.clean_state("aiQc", "wait", grace=NO_GRACE)
    assert [dict(event.arguments) for event in heard] == [{"jobIds": ids, "type": "wait", "count": 2}]


def test_a_ticket_without_a_job_stops_nobody():
    desk = Desk()
    desk.broker.hand_over([Ticket("ghost", "run_errand", "aiQc", priority=1)])
    [job_id] = submit(desk)
    assert [job.id for job in drain(desk.platform)] == [job_id]
