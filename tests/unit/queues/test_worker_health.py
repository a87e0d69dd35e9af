"""What a worker tells of itself, to RQ's tools and on its own machine, and when it has had its time."""

import json
import os
import re
import subprocess
import sys
import threading
import time

import pytest
from redis import Redis

from backend.adapters.rq.worker.hanging import HangWatch
from backend.adapters.rq.worker.liveness import STALE_AFTER_S, LivenessFile, signs
from backend.adapters.rq.worker.presence import Presence
from backend.adapters.rq.worker.pulse import Pulse
from backend.adapters.rq.worker.recycling import Recycling
from backend.adapters.rq.worker.registration import Registration
from backend.adapters.rq.worker.report import Report
from backend.adapters.rq.worker.seams import Tally
from backend.adapters.rq.worker.vitals import memory_mib, versions
from tests.support.queues import Desk
from tests.support.worker_control import NotedWorker, claimed


@pytest.mark.parametrize(
    ("options", "spent", "memory", "due"),
    [
        ({}, False, 10**6, False),
        ({}, True, 0, True),
        ({"max_memory_mib": 200}, False, 199.9, False),
        ({"max_memory_mib": 200}, False, 200.0, True),
    ],
)
def test_a_worker_is_told_to_stop_once_it_has_had_its_time(options, spent, memory, due):
    worker = NotedWorker()
    worker.spent = spent
    recycling = Recycling(memory=lambda: memory, **options)
    recycling(worker)
    recycling(worker)
    assert worker.asked == ([("give way",)] if due else [])


def test_a_worker_that_stops_already_is_not_replaced():
    worker = NotedWorker()
    worker.spent = True
    worker.stop()
    Recycling()(worker)
    assert worker.asked == [("stop", None)]


def test_the_memory_is_that_of_this_process_now():
    before = memory_mib()
    held = bytearray(30 * 1024 * 1024)
    assert 25 < memory_mib() - before < 35
    del held


def test_the_versions_are_real():
    assert versions().keys() == {"python", "gacp", "rq"}
    assert all(re.match(r"\d+\.\d+", version) for version in versions().values())


KEY = "rq:worker:w-1"


@pytest.fixture
def redis(redis_url):
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        yield redis


class Reporting:
    """A report of which the time goes by when the test says so; `registered` counts how often it had to make the worker known."""

    def __init__(self, redis):
        self.redis, self.now, self.registered = redis, 100.0, 0
        self._report = Report(redis, self._register, monotonic=lambda: self.now)

    def _register(self, worker):
        self.registered += 1
        self.redis.hset(f"rq:worker:{worker.name}", "birth", "x")

    def beat(self, worker, after_s=0.2):
        """What Redis was asked for in one beat, so many seconds later."""
        self.now += after_s
        before = self._calls()
        self._report(worker)
        return {name: calls - before.get(name, 0) for name, calls in self._calls().items() if calls != before.get(name, 0)}

    def _calls(self):
        stats = {name.removeprefix("cmdstat_"): seen["calls"] for name, seen in self.redis.info("commandstats").items()}
        return {name: calls for name, calls in stats.items() if name not in ("info", "client|setinfo")}


def test_rqs_hash_of_a_worker_gets_our_fields_and_one_that_redis_does_not_know_is_registered_first(redis):
    run = claimed(Desk())
    worker = NotedWorker(run, tally=Tally(3, 2, 1))
    reporting = Reporting(redis)
    reporting.beat(worker)
    fields = redis.hgetall(KEY)
    assert (reporting.registered, fields["birth"], fields["completed"], fields["failed"]) == (1, "x", "3", "2")
    assert float(fields["memory_mib"]) > 1
    assert fields["rq_version"] == versions()["rq"]
    assert 0 < redis.ttl(KEY) <= 120


def test_a_step_in_which_nothing_is_due_costs_no_round_trip(redis):
    worker, reporting = NotedWorker(), Reporting(redis)
    reporting.beat(worker)
    asked = [reporting.beat(worker) for _ in range(25)]  # five seconds
    assert [sum(each.values()) for each in asked].count(0) == 22
    assert sum(each.get("hset", 0) for each in asked) == 1
    assert sum(each.get("exists", 0) for each in asked) == 3


@pytest.mark.parametrize(("change", "shown"), [({"stopping": True}, "stopping"), ({"paused": True}, "paused")])
def test_that_a_worker_stops_or_pauses_is_told_at_once(redis, change, shown):
    worker, reporting = NotedWorker(), Reporting(redis)
    reporting.beat(worker)
    vars(worker).update(change)
    assert redis.hget(KEY, shown) == "0"
    reporting.beat(worker)
    assert redis.hget(KEY, shown) == "1"


def test_a_worker_that_redis_has_forgotten_is_known_again_within_two_seconds_with_what_it_runs(redis):
    runs = claimed(Desk()), claimed(Desk())
    worker, reporting = NotedWorker(*runs), Reporting(redis)
    reporting.beat(worker)
    redis.flushall()
    reporting.beat(worker, 1.0)
    assert not redis.exists(KEY)
    reporting.beat(worker, 1.0)
    assert (reporting.registered, json.loads(redis.hget(KEY, "unshown"))) == (2, [run.job.id for run in runs])
    worker.here = []
    reporting.beat(worker)
    assert json.loads(redis.hget(KEY, "unshown")) == []


def test_a_report_that_redis_does_not_take_harms_nobody_and_is_tried_again_two_seconds_later():
    asked = []

    class Away(Redis):
        def exists(self, *names):
            asked.append(names)
            return super().exists(*names)

    now = [0.0]
    report = Report(Away(port=1, socket_connect_timeout=0.1), list, monotonic=lambda: now[0])
    for now[0] in (0.0, 0.2, 1.9, 2.1):
        report(NotedWorker())
    assert len(asked) == 2


def test_the_names_of_workers_that_are_gone_leave_rqs_sets_now_and_then(redis_url):
    redis, now = Redis.from_url(redis_url), [100.0]
    worker, registration = NotedWorker(), Registration(redis, monotonic=lambda: now[0])
    Presence("alive", ["email"], redis).beat()

    def names_of_the_dead():
        for key in ("rq:workers", "rq:workers:email", "rq:workers:aiQc"):
            redis.sadd(key, "rq:worker:dead")

    def listed():
        return [sorted(name.decode().rpartition(":")[2] for name in redis.smembers(key)) for key in ("rq:workers", "rq:workers:email")]

    names_of_the_dead()
    registration(worker)
    assert listed() == [["alive", "w-1"], ["alive", "w-1"]]
    names_of_the_dead()
    for now[0] in (110.0, 219.0):
        registration(worker)
        assert listed() == [["alive", "dead", "w-1"], ["alive", "dead", "w-1"]]
    now[0] = 220.0
    registration(worker)
    assert listed() == [["alive", "w-1"], ["alive", "w-1"]]
    assert redis.smembers("rq:workers:aiQc") == {b"rq:worker:w-1"}


def test_the_liveness_file_is_there_while_the_worker_is_and_says_what_it_does(tmp_path):
    desk = Desk()
    run, file = claimed(desk), LivenessFile(tmp_path / "run")
    file(NotedWorker(run))
    content = json.loads((tmp_path / "run" / "w-1.json").read_text())
    assert (content["pid"], content["jobs"], content["paused"]) == (os.getpid(), [run.job.id], False)
    (sign,) = signs(tmp_path / "run")
    assert (sign.name, sign.fresh) == ("w-1", True)
    file.say_goodbye()
    assert signs(tmp_path / "run") == []
    file.say_goodbye()


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (STALE_AFTER_S, True), (STALE_AFTER_S + 0.2, False)])
def test_a_worker_that_has_not_written_for_long_is_not_fresh(tmp_path, age, fresh):
    LivenessFile(tmp_path, now=lambda: 1_000.0)(NotedWorker())
    (sign,) = signs(tmp_path, now=lambda: 1_000.0 + age)
    assert sign.fresh is fresh


def test_what_a_dead_worker_left_behind_is_removed_and_another_machine_s_is_left_alone(tmp_path):
    LivenessFile(tmp_path)(NotedWorker())
    path = tmp_path / "w-1.json"
    content = json.loads(path.read_text())
    gone = 2**22 - 1
    (tmp_path / "dead.json").write_text(json.dumps(content | {"pid": gone}))
    (tmp_path / "elsewhere.json").write_text(json.dumps(content | {"host": "elsewhere", "pid": gone}))
    (tmp_path / "torn.json").write_text("{")
    assert [sign.name for sign in signs(tmp_path)] == ["w-1"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["elsewhere.json", "torn.json", "w-1.json"]


def test_the_watch_over_hangs_puts_the_end_off_as_long_as_threads_get_their_turn():
    put_off = []
    watch = HangWatch(hangs_after_s=10, put_off=put_off.append)
    watch(NotedWorker())
    watch(NotedWorker())
    time.sleep(1.3)
    watch.say_goodbye()
    assert put_off == [10, 10]


HOLD = """
import ctypes, time
from backend.adapters.rq.worker.hanging import HangWatch
HangWatch(hangs_after_s=1.5).say_hello()
time.sleep({after})
ctypes.PyDLL(None).sleep(20)  # holds the interpreter's lock all the while
"""


@pytest.mark.parametrize("after", [0, 0.3], ids=["from the first moment", "later"])
def test_a_process_in_which_no_thread_gets_its_turn_ends_and_shows_where_it_hung(after):
    began = time.monotonic()
    answer = subprocess.run([sys.executable, "-c", HOLD.format(after=after)], capture_output=True, text=True, timeout=20, check=False)
    assert answer.returncode == 1
    assert time.monotonic() - began < 10
    assert "Timeout" in answer.stderr
    assert "line 6 in <module>" in answer.stderr


def test_a_duty_that_wants_to_be_ahead_of_every_job_is_greeted_by_the_thread_that_starts_the_pulse():
    greeted = []

    class Ahead:
        every_s = 60.0

        def __call__(self, worker):
            greeted.append("beat")

        def say_hello(self):
            greeted.append(threading.current_thread().name)

    pulse = Pulse(NotedWorker(), [Ahead()])
    pulse.start()
    assert greeted[0] == threading.current_thread().name
    pulse.end()
