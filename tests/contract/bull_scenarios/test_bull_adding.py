"""Bull's scenarios of adding jobs: what is stored, in which order it stands, and which ids are safe."""

import pytest

from backend.errors import TemporaryFailure
from backend.queues.records import JobState
from backend.queues.service import Submission
from backend.queues.testing import drain
from tests.support.queues import run_errand

MIXED = [("n1", 0), ("p2a", 2), ("n2", 0), ("p1a", 1), ("p2b", 2), ("p10", 10), ("p1b", 1), ("n3", 0)]
THAI = "ตรวจแปลงที่ ๓ — ฟ้าทะลายโจร 🌿"


def add(desk, place, **options):
    return desk.service.submit(run_errand, {"place": place}, **options)


def run_all(desk):
    drain(desk.platform)
    return desk.errands.done


def test_the_stored_job_is_what_was_added(desk):
    answer = add(desk, "market", priority=7, delay=1000, attempts=4, requested_by="u-1")
    job = desk.service.get(answer.job_id)
    assert (job.type, dict(job.payload)) == ("run_errand", {"place": "market", "weight": 1})
    assert (job.options.priority, job.options.delay, job.options.attempts, job.requested_by) == (7, 1000, 4, "u-1")


def test_adding_changes_neither_the_data_nor_the_options_of_the_caller(desk):
    data, options = {"place": "x"}, {"backoff": {"type": "fixed", "delay": 5}, "remove_on_complete": {"count": 3}}
    desk.service.submit(run_errand, data, **options)
    assert (data, options) == ({"place": "x"}, {"backoff": {"type": "fixed", "delay": 5}, "remove_on_complete": {"count": 3}})


def test_a_job_of_a_chosen_id_is_stored_and_run_under_it(desk):
    assert add(desk, "x", job_id="my-own").job_id == "my-own"
    assert [job.id for job in drain(desk.platform)] == ["my-own"]


def test_priorities_are_drawn_in_bull_s_order(desk):
    for name, priority in MIXED:
        add(desk, name, priority=priority)
    assert run_all(desk) == ["p1a", "p1b", "p2a", "p2b", "p10", "n1", "n2", "n3"]


def test_a_bulk_is_drawn_in_the_same_order(desk):
    desk.service.submit_many([Submission(run_errand, {"place": name}, options={"priority": priority}) for name, priority in MIXED])
    assert run_all(desk) == ["p1a", "p1b", "p2a", "p2b", "p10", "n1", "n2", "n3"]


def test_removing_a_prioritised_job_keeps_the_order_of_the_others(desk):
    ids = {name: add(desk, name, priority=priority).job_id for name, priority in MIXED}
    for name in ("p1b", "n1", "p2a"):
        desk.platform.job_control.remove(ids[name])
    assert run_all(desk) == ["p1a", "p2b", "p10", "n2", "n3"]


def test_a_job_of_low_priority_that_comes_later_lands_at_the_end(desk):
    for name, priority in [("a", 1), ("b", 2), ("late", 100)]:
        add(desk, name, priority=priority)
    assert run_all(desk) == ["a", "b", "late"]


def test_lifo_jobs_do_not_disturb_the_order_of_priorities(desk):
    for name, more in [
        ("p1", {"priority": 1}),
        ("l1", {"priority": 0, "lifo": True}),
        ("p2", {"priority": 2}),
        ("l2", {"priority": 0, "lifo": True}),
    ]:
        add(desk, name, **more)
    add(desk, "n", priority=0)
    assert run_all(desk) == ["p1", "p2", "l2", "l1", "n"]


@pytest.mark.parametrize("end", ["waiting", "completed", "failed"])
def test_an_id_that_is_there_changes_nothing_in_any_state_and_the_answer_says_so(desk, end):
    add(desk, "first", job_id="one", attempts=1)
    desk.errands.outcomes = [TemporaryFailure("no")] if end == "failed" else []
    if end != "waiting":
        drain(desk.platform)
    before = desk.service.get("one")
    answer = add(desk, "second", job_id="one", priority=1)
    assert (answer.duplicate, answer.state.value, desk.service.get("one")) == (True, end, before)
    assert run_all(desk) == ["first"], "it runs once at most"


@pytest.mark.parametrize("job_id", ["wait", "active", "id", "meta", "delayed", "paused", "7", "queue", "__default__", "-1"])
def test_no_id_collides_with_a_structure_of_the_queue_or_with_a_counter(desk, job_id):
    others = [add(desk, str(number)).job_id for number in range(8)]
    add(desk, "named", job_id=job_id, priority=100)
    add(desk, "later", priority=100)
    assert job_id not in others
    assert run_all(desk) == [*map(str, range(8)), "named", "later"]
    assert desk.service.get(job_id).state is JobState.COMPLETED


def test_thai_text_survives_in_data_log_progress_result_and_reason(desk):
    def report(context):
        context.log(THAI)
        context.progress({"ขั้น": THAI})
        raise TemporaryFailure(THAI)

    desk.errands.outcomes = [lambda: report(desk.errands.contexts[-1]), lambda: {"ผล": THAI}]
    job_id = add(desk, THAI, backoff={"type": "fixed", "delay": 0}, attempts=2).job_id
    failed, completed = drain(desk.platform)
    assert (failed.error, failed.progress, failed.log) == (THAI, {"ขั้น": THAI}, (THAI,))
    assert (completed.result, desk.errands.done, desk.service.get(job_id).payload["place"]) == ({"ผล": THAI}, [THAI, THAI], THAI)
