"""What makes a queue, Redis and all of it degraded or unhealthy, and what it says then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.adapters.memory.broker import MemoryBroker
from backend.queues.checkup.judging import Verdict, judge_all, judge_queue, judge_redis
from backend.queues.checkup.looking import Looks, QueueSeen, RedisSeen
from backend.queues.checkup.thresholds import thresholds
from backend.queues.numbers import Durations, Window
from backend.queues.roster import WorkerSeen
from backend.queues.staleness import ENDING, is_stale
from backend.queues.testing import drain
from backend.queues.window import RedisVitals
from backend.settings import load
from tests.support.queues import NOON, Desk, run_errand, try_once

LIMITS = thresholds(load())
ZERO = {"waiting": 0, "active": 0, "completed": 0, "failed": 0, "delayed": 0, "paused": 0}
WINDOW = Window("aiQc", NOON - timedelta(hours=1), NOON)
QUIET = QueueSeen(ZERO, is_paused=False, stale=0, waiting_since=None, window=WINDOW, ever=0)
VITALS = RedisVitals(10_000_000, 20_000_000, 100_000_000, "noeviction", 3, 60, "9.1")


def worker(**changes):
    numbers = dict.fromkeys(("pid", "completed", "failed", "retried"), 0) | {"concurrency": 10, "memory_mib": 1.0}
    flags = {"paused": False, "stopping": False, "outage": "", "versions": {}, "jobs": (), "host": "h", "name": "w-1"}
    seen = {"since": NOON, "last_heartbeat": NOON, "queues": ("aiQc", "calendar")}
    return WorkerSeen(**(numbers | flags | seen | changes))


REDIS = RedisSeen("up", 1.0, VITALS, (worker(),))


def judged(seen=QUIET, redis=REDIS, name="aiQc", **counts):
    stats = {**seen.stats, **counts}
    return judge_queue(name, replace(seen, stats=stats), redis, LIMITS, inline=8, at=NOON, redis_at=NOON)


def ended(completed, failed, average_ms=0):
    run = Durations((completed + failed,) + (0,) * 17, average_ms * 1000 * (completed + failed))
    return replace(QUIET, window=replace(WINDOW, completed=completed, failed=failed, run=run))


def test_a_quiet_queue_with_a_worker_is_healthy():
    report = judged()
    assert (report.verdict, report.is_served, report.capacity) == (Verdict("healthy", []), True, 10)


@pytest.mark.parametrize(
    ("report", "status", "issue"),
    [
        (judged(replace(QUIET, is_paused=True)), "unhealthy", "paused"),
        (judged(waiting=51), "degraded", "51 jobs wait (over 50)"),
        (judged(waiting=101), "degraded", "101 jobs are in the queue (over 100)"),
        (judged(waiting=100_000), "unhealthy", "100000 jobs are in the queue"),
        (judged(failed=11), "degraded", "11 failed jobs (over 10)"),
        (judged(replace(QUIET, stale=1)), "degraded", "1 job is active beyond its timeout"),
        (judged(replace(QUIET, stale=6)), "unhealthy", "6 jobs are active beyond"),
        (judged(ended(94, 6)), "degraded", "6.0% of its jobs failed lately (over 5%)"),
        (judged(ended(89, 11)), "unhealthy", "11.0% of its jobs failed"),
        (judged(ended(20, 0, 31_000)), "degraded", "take 31 s on average (over 30 s)"),
        (judged(ended(20, 0, 61_000)), "unhealthy", "take 61 s on average"),
        (judged(replace(QUIET, waiting_since=NOON - timedelta(minutes=10))), "unhealthy", "none has ended for 10 minutes"),
        (judged(redis=replace(REDIS, workers=())), "degraded", "No worker serves this queue"),
        (judge_queue("aiQc", None, REDIS, LIMITS, inline=8, at=NOON, redis_at=NOON), "degraded", "not been looked at yet"),
    ],
)
def test_each_threshold_has_its_status_and_its_words(report, status, issue):
    assert report.verdict.status == status
    assert len(report.verdict.issues) == 1
    assert issue in report.verdict.issues[0]


@pytest.mark.parametrize(
    "report",
    [
        judged(waiting=50, failed=10),
        judged(ended(0, 19)),
        judged(ended(95, 5, 30_000)),
        judged(replace(QUIET, waiting_since=NOON - timedelta(minutes=9))),
    ],
    ids=["at the limits", "too few to tell", "at the rates", "has waited a little"],
)
def test_at_a_threshold_a_queue_is_still_healthy(report):
    assert report.verdict == Verdict("healthy", [])


def test_the_worst_issue_decides_and_all_are_named():
    report = judged(replace(QUIET, is_paused=True, stale=1), failed=11)
    assert report.verdict.status == "unhealthy"
    assert len(report.verdict.issues) == 3


@pytest.mark.parametrize(
    "change", [{"stopping": True}, {"paused": True}, {"queues": ("email",)}, {"last_heartbeat": NOON - timedelta(seconds=61)}]
)
def test_a_worker_that_takes_nothing_serves_nobody(change):
    report = judged(redis=replace(REDIS, workers=(worker(**change),)))
    assert (report.is_served, report.capacity) == (False, 0)


def test_the_capacity_is_that_of_all_workers_within_the_slots_of_the_queue():
    two = replace(REDIS, workers=(worker(), worker(concurrency=3)))
    assert judged(redis=two).capacity == 13
    assert judged(redis=two, name="calendar").capacity == 5 + 3


@pytest.mark.parametrize("redis", [RedisSeen("off"), RedisSeen("away"), None], ids=["off", "away", "unknown"])
def test_without_redis_jobs_run_in_their_callers(redis):
    report = judged(redis=redis)
    assert (report.verdict.status, report.is_served, report.capacity) == ("healthy", True, 8)


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (REDIS, "healthy", ""),
        (RedisSeen("off"), "healthy", ""),
        (RedisSeen("up", 1.0), "healthy", ""),
        (RedisSeen("away"), "unhealthy", "does not answer"),
        (None, "degraded", "not been looked at"),
        (RedisSeen("up", 1.0, replace(VITALS, used_bytes=81_000_000)), "degraded", "81% of its memory (over 80%)"),
        (RedisSeen("up", 1.0, replace(VITALS, policy="allkeys-lru")), "degraded", "maxmemory-policy"),
    ],
)
def test_redis_is_judged(seen, status, words):
    verdict = judge_redis(seen, LIMITS)
    assert verdict.status == status
    assert words in "".join(verdict.issues)


def test_the_whole_is_as_its_worst_part_and_says_which():
    fine = Verdict("healthy", [])
    verdict = judge_all(fine, Verdict("degraded", ["slow"]), [judged(replace(QUIET, is_paused=True))])
    assert verdict.status == "unhealthy"
    assert verdict.issues == ["redis: slow", "AI QC: The queue is paused: nothing is taken until it is resumed"]


def looks(desk, redis=None):
    platform, spans = desk.platform, {"span": LIMITS.window, "idle": LIMITS.idle, "silent": LIMITS.silent}
    return Looks(platform.outside, circuit=platform.circuit, numbers=platform.numbers, redis=redis, **spans)


class ListedWorkers:
    """What Redis knows of workers, as a test writes it."""

    def __init__(self, *workers):
        self.listed = workers

    def vitals(self):
        return VITALS

    def workers(self):
        return self.listed


def test_a_worker_that_an_emptied_redis_has_forgotten_serves_until_it_counts_as_silent():
    desk, redis = Desk(), ListedWorkers(worker())
    seen = looks(desk, redis)

    def verdict():
        return judge_queue("aiQc", QUIET, seen.redis(), LIMITS, inline=8, at=desk.clock.now(), redis_at=desk.clock.now())

    assert verdict().is_served
    redis.listed = ()
    for _ in range(3):
        desk.clock.move(LIMITS.silent / 4)
        assert (verdict().verdict.status, verdict().is_served, verdict().capacity) == ("healthy", True, 10)
        assert seen.redis().workers == (), "it is in no list"
    redis.listed = (worker(last_heartbeat=desk.clock.now()),)
    assert verdict().capacity == 10, "it is back, and counts once"
    redis.listed = ()
    desk.clock.move(LIMITS.silent)
    assert (verdict().verdict.status, verdict().is_served) == ("degraded", False)


def test_a_worker_that_was_about_to_stop_is_not_missed_and_serves_no_more():
    desk, redis = Desk(), ListedWorkers(worker(stopping=True))
    seen = looks(desk, redis)
    seen.redis()
    redis.listed = ()
    assert seen.redis().unlisted == []


def test_the_queues_are_seen_in_the_ledger_and_in_what_was_counted():
    desk = Desk()
    for number in range(3):
        desk.service.submit(run_errand, {"place": str(number)})
    drain(desk.platform)
    desk.errands.outcomes.append(ValueError("no"))
    desk.service.submit(try_once, {"place": "x"})
    drain(desk.platform)
    desk.clock.move(timedelta(hours=2))
    desk.service.submit(run_errand, {"place": "later"})
    seen = looks(desk).queues()
    assert (seen["aiQc"].stats["completed"], seen["aiQc"].stats["waiting"], seen["email"].stats["failed"]) == (3, 1, 1)
    assert (seen["aiQc"].ever, seen["email"].ever, seen["report"].ever) == (3, 1, 0)
    assert (seen["aiQc"].window.ended, seen["aiQc"].window.last_ended_at) == (0, NOON), "over a window, and not since birth"
    assert seen["aiQc"].waiting_since == NOON + timedelta(hours=2)


def test_the_oldest_of_a_queue_is_seen_behind_a_long_line_of_another():
    desk = Desk()
    for _ in range(150):
        desk.service.submit(run_errand, {"place": "x"})
    desk.clock.move(timedelta(minutes=1))
    desk.service.submit(try_once, {"place": "y"})
    desk.clock.move(LIMITS.idle)
    assert looks(desk).queues()["email"].waiting_since == NOON + timedelta(minutes=1)


def test_a_job_is_stale_beyond_its_timeout_and_the_moment_that_ending_it_takes():
    desk = Desk()
    for place, timeout in (("short", 60_000), ("long", 600_000), ("endless", 0)):
        desk.service.submit(run_errand, {"place": place}, timeout=timeout)
        desk.take_and_vanish()
    desk.clock.move(timedelta(minutes=1) + ENDING)
    assert looks(desk).queues()["aiQc"].stale == 0
    desk.clock.move(timedelta(seconds=1))
    assert looks(desk).queues()["aiQc"].stale == 1
    job = next(job for job in desk.service.list(limit=10).items if job.payload["place"] == "short")
    assert is_stale(job, desk.clock.now())


def test_a_redis_that_is_away_is_an_answer_and_is_not_asked_while_the_circuit_is_open():
    class Counted(MemoryBroker):
        pings = 0

        def ping(self):
            self.pings += 1
            super().ping()

    desk = Desk(broker=Counted())
    assert looks(desk).redis().state == "up"
    desk.broker.away = True
    assert [looks(desk).redis().state for _ in range(3)] == ["away"] * 3
    assert desk.broker.pings == 2
    assert Desk(ENABLE_QUEUE="false").platform.outside.enable_queue is False
    assert looks(Desk(ENABLE_QUEUE="false")).redis() == RedisSeen("off")
