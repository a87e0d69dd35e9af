"""The verdict on a round finds every way in which a job may be lost or done twice, and excuses what an accident explains."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from backend.queues.options import JobOptions
from backend.queues.records import Attempt, Job, JobState
from tests.chaos.workers.shelves import Shelves
from tests.chaos.workers.traces import Run, Trace, runs
from tests.chaos.workers.verdict import FENCED, LOST, REPEATED, Evidence, Verdict

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
HERE, FIRST, SECOND = 1, 100, 200


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def attempt(outcome, pid=FIRST, begun=0.0, ended=1.0):
    return Attempt(1, f"worker-{pid}-abc", at(begun), ended_at=at(ended), outcome=outcome)


def run(pid=FIRST, begun=0.0, last=0.9, how="end", number=1):
    return Run("a", pid, number, int(at(begun).timestamp() * 1e9), int(at(last).timestamp() * 1e9), how)


def job(*attempts, type="noop", state=JobState.COMPLETED, size=0, **more):
    fields = {"id": "a", "queue": "aiQc", "options": JobOptions(), "created_at": NOON, "due_at": NOON, "payload": {"size": size}}
    return Job(type=type, state=state, attempts=attempts, **fields, **more)


DONE = job(attempt("completed"))
GOOD = Evidence(["a"], {"a": DONE}, [run()], submitter=HERE)
TAKEN_OVER = job(attempt("lost", ended=0.5), attempt("completed", SECOND, 0.5, 1.0))
LEFT_BY_THE_FIRST, BY_THE_SECOND = run(last=0.3, how=""), run(SECOND, 0.6, 0.8)
FLAKY = job(attempt("failed"), attempt("completed", begun=2, ended=3), type="flaky", size=2)
FAILED = {"state": JobState.FAILED, "error_class": "LostWorker"}


def shown(**changes):
    return Verdict(replace(GOOD, **changes)).wrong


def of(job, *runs, **changes):
    return shown(jobs={"a": job}, runs=list(runs), **changes)


def test_a_job_that_was_done_once_is_well():
    assert Verdict(GOOD).wrong == []


@pytest.mark.parametrize(
    ("seen", "sentence"),
    [
        (shown(promised=["a", "b"]), "b: acknowledged, and not in the ledger"),
        (shown(promised=["a", "a"]), "a: acknowledged 2 times"),
        (of(job(state=JobState.WAITING)), "still waiting"),
        (of(job(attempt("running", ended=9), state=JobState.ACTIVE), run()), "still active"),
        (of(job(attempt("failed"), **FAILED), run()), "ended as failed with 0 completed and 1 failed attempts"),
        (of(job(attempt("completed"), type="doomed"), run()), "not failed with 0 completed and 1 failed attempts"),
        (of(job(attempt("completed"), attempt("completed", SECOND)), run(), run(SECOND, 0.95, 0.99)), "with 2 completed"),
        (
            of(job(attempt("failed"), attempt("completed", begun=2, ended=3), type="flaky", size=2), run()),
            "not completed with 1 completed and 2",
        ),
        (of(TAKEN_OVER, LEFT_BY_THE_FIRST, BY_THE_SECOND), "1 runs were lost, and no worker died"),
        (of(DONE), "an attempt completed that never ran"),
        (of(DONE, run(how="")), "whose run did not come to its end"),
        (of(DONE, run(), run(number=2)), "one attempt of a noop ran 2 times"),
        (of(DONE, run(SECOND)), "process 200 began a noop that it did not hold"),
        (of(DONE, run(), run(begun=5, last=6, number=2)), "process 100 began a noop that it did not hold"),
        (of(TAKEN_OVER, run(begun=0.55, last=0.58), BY_THE_SECOND, may={LOST, FENCED}), "process 100 began a noop that it did not hold"),
        (of(job(attempt("stopped"), attempt("completed", SECOND, 1, 2)), run(), run(SECOND, 1.1, 1.2)), "ran 2 times, not 1"),
        (of(TAKEN_OVER, run(last=0.7), BY_THE_SECOND, may={LOST}), "met for 100.0 ms, and the first is recorded as lost"),
        (shown(shelves=Shelves(left={"rq:wip:aiQc": ["a:x"]})), "Redis still holds ['a:x'] in rq:wip:aiQc"),
        (shown(shelves=Shelves(shown={"failed": {"a"}})), "a: Redis shows it as failed, and it is completed"),
        (shown(counted={"completed": 2}, known={"completed": 1}), "the ledger counts {'completed': 2}"),
    ],
)
def test_what_is_wrong_is_said(seen, sentence):
    assert [line for line in seen if sentence in line], seen


def test_two_runs_that_met_are_excused_only_where_the_first_had_lost_its_lease():
    handed_back = job(attempt("stopped", ended=0.5), attempt("completed", SECOND, 0.5, 1.0))
    met = (run(last=0.7), BY_THE_SECOND)

    assert of(TAKEN_OVER, *met, may={LOST, FENCED}) == []
    assert [line for line in of(handed_back, *met, may={LOST, FENCED, REPEATED}) if "recorded as stopped" in line]


def test_what_an_accident_explains_is_counted_and_not_wrong():
    verdict = Verdict(replace(GOOD, jobs={"a": TAKEN_OVER}, runs=[LEFT_BY_THE_FIRST, BY_THE_SECOND], may={LOST}))

    assert verdict.wrong == []
    assert (verdict.numbers["lost"], verdict.numbers["repeated"], verdict.numbers["fenced"]) == (1, 1, 0)


@pytest.mark.parametrize(("killed", "wrong"), [(3, 0), (2, 1)])
def test_a_job_may_die_with_its_third_worker_where_so_many_were_killed(killed, wrong):
    lost = [attempt("lost", pid, begun=pid, ended=pid + 1) for pid in (1, 2, 3)]

    assert len(of(job(*lost, **FAILED), killed=killed, may={LOST})) == wrong


def test_a_run_in_the_process_that_submits_belongs_to_an_inline_attempt():
    inline = structs.replace(attempt("completed"), worker="inline")

    assert of(job(inline), run(HERE)) == []
    assert len(of(job(inline), run(FIRST))) == 2


def test_a_trace_tells_how_each_run_ended(tmp_path):
    trace = Trace(tmp_path / "runs")
    with trace.running("well") as alive:
        alive()
    with pytest.raises(ValueError, match="bad"), trace.running("badly"):
        raise ValueError("bad")
    cut_off = trace.running("cut")
    cut_off.__enter__()
    found = runs(tmp_path / "runs", {"well", "badly", "cut"})
    trace.close()

    assert [(each.job_id, each.how, each.begun <= each.last) for each in found] == [
        ("well", "end", True),
        ("badly", "out", True),
        ("cut", "", True),
    ]
    assert runs(tmp_path / "runs", {"well"}) == found[:1]
