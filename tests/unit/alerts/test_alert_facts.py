"""The facts that the rules look at, read from a platform in which things happen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.adapters.documents.job_facts import DocumentJobFacts
from backend.errors import TemporaryFailure
from backend.queues import transitions
from backend.queues.alerts.facts import RedisFacts, Share
from backend.queues.alerts.lifecycle import find
from backend.queues.alerts.reader import FactsReader, Sources
from backend.queues.alerts.rules import rules
from backend.queues.alerts.slo import Objective, bad_of, objectives
from backend.queues.errors import BrokerUnavailable
from backend.queues.numbers.histogram import Durations, Lengths
from backend.queues.numbers.window import Window
from backend.queues.options import JobOptions
from backend.queues.records import Job
from backend.queues.repeat import Repeat
from backend.queues.roster import WorkerSeen
from backend.queues.schedules import Schedule
from backend.queues.testing import drain
from backend.settings import SLO_SECONDS, load
from tests.support.queues import NOON, Desk, run_errand, try_once

MINUTE = timedelta(minutes=1)
WELL = RedisFacts(up=True, memory_percent=12.5, policy="noeviction")


class Sight:
    """Redis as it is said to be; `away` makes it answer nobody."""

    def __init__(self):
        self.facts, self.seen, self.asked, self.away = WELL, [], 0, False

    def look(self):
        self.asked += 1
        if self.away:
            raise BrokerUnavailable("told to be away")
        return self.facts

    def workers(self):
        return self.seen


class Site:
    """A platform on doubles, and what alerts see of it."""

    def __init__(self, sight=None, **variables):
        variables = {"ENABLE_SCHEDULER": "true", **variables}
        self.desk = Desk(**variables)
        self.settings = load(GACP_ENV="test", **variables)
        self.outbox_since = None
        platform = self.desk.platform
        sources = Sources(
            counts=self.desk.control.stats,
            jobs=DocumentJobFacts(self.desk.store),
            ledger=platform.outside.ledger,
            numbers=platform.numbers,
            objectives=objectives(self.settings),
            schedules=platform.outside.schedules,
            outbox_since=lambda: self.outbox_since,
            circuit=platform.circuit,
            redis=sight,
        )
        self.reader = FactsReader(sources, self.settings, self.desk.clock)

    def fail(self, times, job_type=try_once):
        self.desk.errands.outcomes = [TemporaryFailure("the provider of somchai@example.com is away")] * times
        for _ in range(times):
            self.desk.service.submit(job_type, {"place": "x"}, attempts=1)
        drain(self.desk.platform)

    def of(self, queue):
        return self.reader.read().queues[queue]

    def broken(self):
        found = find(rules(self.settings), self.reader.read())
        return {(each.rule.name, each.labels.get("queue", "")) for each in found.known.values() if each.level}


def a_worker(name="w1", queues=("aiQc", "email", "calendar", "report"), heartbeat=NOON, **changes):
    seen = WorkerSeen(name, "host", 1, NOON, heartbeat, tuple(queues), (), 10, 0, 0, 0, 50.0, False, False, "", {})
    return replace(seen, **changes)


def test_twelve_failures_in_five_minutes_are_a_burst_and_the_newest_is_named():
    site = Site()
    site.fail(6)
    site.desk.clock.move(4 * MINUTE)
    site.fail(6)
    facts = site.of("email")
    assert (facts.burst, facts.dead_letters, facts.last_hour.failed) == (12, 12, 12)
    assert facts.newest_failure.error == "the provider of [email] is away"
    newest = site.desk.ledger.get(facts.newest_failure.job_id)
    assert newest.finished_at == site.desk.clock.now()
    assert ("failure-burst", "email") in site.broken()
    site.desk.clock.move(2 * MINUTE)
    assert site.of("email").burst == 6
    site.desk.clock.move(4 * MINUTE)
    quiet = site.of("email")
    assert (quiet.burst, quiet.newest_failure, quiet.dead_letters) == (0, None, 12)


def test_probes_that_the_doctor_makes_fail_raise_no_alert():
    site = Site(ALERT_FAILED_JOBS="1", ALERT_BURST_FAILURES="1", ALERT_HOLD_S="0")
    for number in range(3):
        probe = Job(f"doctor-{number}", "probe_email", "email", {}, JobOptions(), NOON, NOON)
        site.desk.ledger.add(transitions.bury(probe, TemporaryFailure("as it was told to"), NOON, on_dead=False))
    facts = site.of("email")
    assert (facts.counts["failed"], facts.burst, facts.newest_failure) == (0, 0, None)
    assert site.broken() & {("failed-jobs", "email"), ("failure-burst", "email")} == set()
    site.fail(2)
    assert site.broken() >= {("failed-jobs", "email"), ("failure-burst", "email")}


def test_tries_that_are_repeated_are_no_failures_of_the_burst():
    site = Site()
    site.desk.errands.outcomes = [TemporaryFailure("busy")] * 2
    site.desk.service.submit(run_errand, {"place": "x"}, attempts=3)
    drain(site.desk.platform)
    assert site.of("aiQc").burst == 0


def test_what_waits_tells_since_when_and_a_paused_queue_waits_on_purpose():
    site = Site()
    site.desk.service.submit(try_once, {"place": "x"})
    site.desk.clock.move(7 * MINUTE)
    site.desk.service.submit(try_once, {"place": "y"})
    site.desk.service.submit(run_errand, {"place": "later"}, delay=3_600_000)
    assert site.of("email").waiting_for == 7 * MINUTE
    assert site.of("aiQc").waiting_for == timedelta(0)
    assert ("oldest-waiting", "email") in site.broken()
    site.desk.control.pause("email")
    assert site.of("email").waiting_for == timedelta(0)
    assert site.broken() == set()


def test_the_oldest_of_a_queue_is_found_behind_a_line_of_another_however_long():
    site = Site()
    for _ in range(600):
        site.desk.service.submit(run_errand, {"place": "x"})
    site.desk.clock.move(MINUTE)
    site.desk.service.submit(try_once, {"place": "y"})
    site.desk.clock.move(10 * MINUTE)
    assert (site.of("aiQc").waiting_for, site.of("email").waiting_for) == (11 * MINUTE, 10 * MINUTE)


def test_a_standstill_is_told_by_what_ended_last():
    site = Site()
    site.desk.service.submit(try_once, {"place": "x"})
    drain(site.desk.platform)
    site.desk.service.submit(try_once, {"place": "y"})
    site.desk.clock.move(11 * MINUTE)
    assert site.of("email").idle_for == 11 * MINUTE
    assert site.of("report").idle_for is None
    assert ("no-progress", "email") in site.broken()


def test_an_active_job_beyond_its_timeout_is_stale():
    site = Site()
    site.desk.service.submit(run_errand, {"place": "x"}, timeout=60_000)
    site.desk.take_and_vanish()
    assert site.of("aiQc").stale == 0
    site.desk.clock.move(76 * MINUTE / 60)
    assert site.of("aiQc").stale == 1


def test_redis_and_its_workers_are_seen_once_and_not_asked_while_the_circuit_is_open():
    sight = Sight()
    site = Site(sight)
    sight.seen = [a_worker(), a_worker("w2", queues=["email"]), a_worker("w3", stopping=True), a_worker("w4", heartbeat=NOON - 2 * MINUTE)]
    facts = site.reader.read()
    assert (facts.redis, facts.silent_workers) == (WELL, ["w4"])
    assert {queue: each.workers for queue, each in facts.queues.items()} == {"aiQc": 1, "email": 2, "calendar": 1, "report": 1}
    sight.away = True
    away = site.reader.read()
    assert (away.redis, away.silent_workers, away.queues["aiQc"].workers) == (RedisFacts(up=False), None, None)
    assert sight.asked == 2
    site.reader.read()
    assert sight.asked == 2  # the circuit is open
    site.desk.clock.move(MINUTE)
    sight.away = False
    assert site.reader.read().redis == WELL


def test_workers_that_cannot_be_read_hide_nothing_else():
    class Damaged(Sight):
        def workers(self):
            raise ValueError("no JSON")

    facts = Site(Damaged()).reader.read()
    assert (facts.redis, facts.silent_workers, facts.queues["aiQc"].workers) == (WELL, None, None)


def test_the_circuit_tells_since_when_it_is_open():
    site = Site(Sight())
    site.desk.platform.circuit.failed(BrokerUnavailable("away"))
    site.desk.clock.move(4 * MINUTE / 60)
    assert site.reader.read().circuit_open_for == timedelta(seconds=4)


def test_where_jobs_do_not_go_to_redis_it_is_not_looked_at():
    facts = Site().reader.read()
    assert (facts.uses_redis, facts.redis, facts.silent_workers) == (False, None, None)


def test_a_recurring_job_that_did_not_come_is_late_where_recurring_jobs_run():
    for enabled, late in (("true", ["nightly"]), ("false", [])):
        site = Site(ENABLE_SCHEDULER=enabled)
        platform = site.desk.platform
        platform.registry.add_schedule(Schedule("nightly", "run_errand", Repeat(every=60_000), {"place": "x"}))
        platform.schedules.adopt()
        site.desk.clock.move(5 * MINUTE)
        assert list(site.reader.read().late_schedules) == []
        site.desk.clock.move(2 * MINUTE)
        assert [each.key for each in site.reader.read().late_schedules] == late


def test_events_that_nobody_published_have_an_age():
    site = Site()
    assert site.reader.read().outbox_age == timedelta(0)
    site.outbox_since = NOON - 6 * MINUTE
    assert site.reader.read().outbox_age == 6 * MINUTE


def test_jobs_that_ran_in_their_callers_because_redis_was_away_are_counted():
    site = Site(Sight())
    site.desk.service.submit(try_once, {"place": "x"})
    site.desk.broker.away = True
    for _ in range(3):
        site.desk.service.submit(try_once, {"place": "x"})
    assert site.of("email").fallback == Share(3, 4)
    assert site.of("aiQc").fallback == Share(0, 0)


def test_the_service_level_counts_what_gave_up_and_what_came_late():
    site = Site()
    site.fail(2)
    for slow in (False, True, True):
        site.desk.service.submit(try_once, {"place": "x"})
        site.desk.clock.move(2 * MINUTE if slow else MINUTE / 60)
        drain(site.desk.platform)
    assert site.of("email").burns[timedelta(hours=1)] == Share(4, 5)
    assert site.of("email").burns[timedelta(days=3)] == Share(4, 5)
    site.desk.clock.move(31 * MINUTE)
    assert site.of("email").burns[timedelta(minutes=30)] == Share(0, 0)


def test_jobs_that_somebody_cancels_use_up_no_budget():
    site = Site()
    for _ in range(3):
        site.desk.platform.job_control.cancel(site.desk.service.submit(try_once, {"place": "x"}).job_id, by="user-1")
    site.desk.service.submit(try_once, {"place": "x"})
    drain(site.desk.platform)
    assert site.of("email").burns[timedelta(hours=1)] == Share(0, 1)


def whole(*seconds):
    lengths = Lengths()
    for each in seconds:
        lengths.take(timedelta(seconds=each))
    return Durations(tuple(lengths.buckets), 1)


@pytest.mark.parametrize("seconds", SLO_SECONDS)
def test_every_length_that_the_settings_allow_is_counted_exactly(seconds):
    window = Window(
        "aiQc", NOON, NOON, completed=3, failed=1, whole=whole(seconds, seconds, seconds + 1, seconds + 1), whole_failed=whole(seconds + 1)
    )
    assert bad_of(window, Objective(99, seconds)) == Share(2, 4)


def test_what_somebody_cancelled_counts_for_nothing():
    window = Window(
        "aiQc", NOON, NOON, completed=1, failed=3, errors={"JobCancelled": 2}, whole=whole(1, 1, 1, 1), whole_failed=whole(1, 1, 1)
    )
    assert bad_of(window, Objective(99, 60)) == Share(1, 2)
