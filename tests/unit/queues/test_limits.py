"""A block in any thread ends when its time is over or somebody stops it, and nothing of that comes after the block."""

import sys
import threading
import time

import pytest

from backend.adapters.rq.worker.limits import Limits
from backend.queues.errors import JobCancelled, JobTimedOut


@pytest.fixture
def limits():
    return Limits()


def spin(seconds=5.0):
    """Python code that never waits."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def careless(seconds=2.0):
    """Swallow what is swallowed most often."""
    try:
        spin(seconds)
    except Exception:
        spin(seconds)


def in_thread(body):
    """What the body returns or raises, run in another thread."""
    told = []

    def run():
        try:
            told.append(body())
        except BaseException as error:
            told.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return told[0] if told else None


def from_outside(limits, *names):
    """Stop what this thread runs, from another and a moment later, in the names of these."""
    thread = threading.get_ident()
    threading.Timer(0.05, lambda: [limits.stop(thread, JobCancelled(name)) for name in names]).start()


def limited(limits, milliseconds, body=spin):
    with limits.limit(milliseconds):
        return body()


@pytest.mark.parametrize("body", [spin, careless], ids=["spins", "swallows exceptions"])
def test_what_takes_too_long_ends_with_the_message_of_its_own_limit(limits, body):
    began = time.monotonic()
    error = in_thread(lambda: limited(limits, 80, body))
    assert isinstance(error, JobTimedOut)
    assert (type(error).__name__, str(error)) == ("JobTimedOut", str(JobTimedOut(80)))
    assert 0.07 < time.monotonic() - began < 1.5


def test_it_works_in_the_main_thread_too(limits):
    with pytest.raises(JobTimedOut, match="after 50 milliseconds"), limits.limit(50):
        spin()


@pytest.mark.parametrize("milliseconds", [0, 60_000])
def test_what_ends_in_time_is_left_alone(limits, milliseconds):
    assert limited(limits, milliseconds, lambda: "done") == "done"


def test_its_own_error_passes_where_the_time_was_not_over(limits):
    with pytest.raises(ValueError, match="mine"), limits.limit(60_000):
        raise ValueError("mine")


def test_each_of_many_threads_reports_its_own_limit(limits):
    answers = {}

    def run(milliseconds):
        answers[milliseconds] = str(in_thread(lambda: limited(limits, milliseconds)))

    threads = [threading.Thread(target=run, args=(milliseconds,)) for milliseconds in range(100, 300, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {milliseconds: str(JobTimedOut(milliseconds)) for milliseconds in range(100, 300, 20)}


def test_a_shorter_limit_that_comes_later_is_not_missed(limits):
    def nothing():
        time.sleep(0.3)

    long = threading.Thread(target=lambda: limited(limits, 60_000, nothing))
    long.start()
    time.sleep(0.05)
    began = time.monotonic()
    with pytest.raises(JobTimedOut), limits.limit(50):
        spin()
    assert time.monotonic() - began < 1
    long.join()


@pytest.mark.parametrize(("outer", "inner"), [(60, 5_000), (5_000, 60)], ids=["the outer one", "the inner one"])
def test_of_nested_limits_the_one_that_is_over_ends_its_block(limits, outer, inner):
    began = time.monotonic()
    with pytest.raises(JobTimedOut, match="after 60 milliseconds"), limits.limit(outer), limits.limit(inner):
        spin()
    assert time.monotonic() - began < 1


def test_after_an_inner_limit_the_outer_one_still_counts(limits):
    ended = []

    def body():
        try:
            limited(limits, 40)
        except JobTimedOut as error:
            ended.append(str(error))
        spin()

    with pytest.raises(JobTimedOut, match="after 200 milliseconds"):
        limited(limits, 200, body)
    assert ended == [str(JobTimedOut(40))]


def test_who_swallows_the_exception_and_returns_has_timed_out_nevertheless(limits):
    def swallow():
        try:
            spin()
        except BaseException:
            return "as if nothing had been"

    assert isinstance(in_thread(lambda: limited(limits, 50, swallow)), JobTimedOut)


def test_a_job_may_tidy_up_before_it_ends(limits):
    tidied = []

    def tidy():
        try:
            spin()
        finally:
            time.sleep(0.05)
            tidied.append(True)

    assert isinstance(in_thread(lambda: limited(limits, 50, tidy)), JobTimedOut)
    assert tidied == [True]


def test_a_stop_ends_the_block_of_that_thread_and_no_other(limits):
    threads, answers = {}, {}
    ready = threading.Barrier(3)

    def run(name):
        def body():
            threads[name] = threading.get_ident()
            ready.wait()
            spin(0.5)
            return "done"

        answers[name] = in_thread(lambda: limited(limits, 0, body))

    runs = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
    for each in runs:
        each.start()
    ready.wait()
    assert limits.stop(threads["a"], JobCancelled("u-1"))
    for each in runs:
        each.join()
    assert str(answers["a"]) == "cancelled by u-1"
    assert isinstance(answers["a"], JobCancelled)
    assert answers["b"] == "done"


def test_a_stop_means_the_outermost_block(limits):
    seen = []

    def body():
        with limits.limit(0):
            try:
                with limits.limit(0):
                    from_outside(limits, "u-1")
                    spin()
            except JobCancelled:
                seen.append("inner")
                raise

    assert isinstance(in_thread(body), JobCancelled)
    assert seen == ["inner"]


def test_outside_of_a_block_nothing_can_be_stopped(limits):
    assert limits.stop(threading.get_ident(), JobCancelled("u-1")) is False
    with limits.limit(0):
        pass
    assert limits.stop(threading.get_ident(), JobCancelled("u-1")) is False


def test_of_two_reasons_the_first_counts(limits):
    def body():
        with limits.limit(0):
            from_outside(limits, "first", "second")
            spin()

    assert str(in_thread(body)) == "cancelled by first"


def test_what_does_not_end_within_the_grace_is_overdue_until_it_does():
    limits = Limits(grace_s=0.2)
    told = []

    def body():
        told.append(threading.get_ident())
        limited(limits, 50, lambda: time.sleep(0.8))

    thread = threading.Thread(target=lambda: in_thread(body))
    thread.start()
    time.sleep(0.12)
    assert limits.overdue() == []
    time.sleep(0.4)
    (found,) = limits.overdue()
    assert (found.thread, str(found.error)) == (told[0], str(JobTimedOut(50)))
    thread.join()
    assert limits.overdue() == []


RACES = 600
STOPS = 30


def race(limits, seed, leaks, *, nested):
    """How many of some hundred blocks, which end within microseconds of their limit, were in time."""

    def spin_for(length):
        with limits.limit(2):
            end = time.perf_counter() + length
            while time.perf_counter() < end:
                pass

    in_time = 0
    for number in range(RACES // 2):
        length = 0.0016 + ((number * 7919 + seed) % 100) * 0.000008
        try:
            with limits.limit(2 if nested else 0):
                spin_for(length)
            in_time += 1
        except JobTimedOut:
            pass
        leaks.extend(late())
    return in_time


@pytest.fixture
def tight():
    """Threads take turns after nearly every step."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def was_stopped(limits):
    try:
        limited(limits, 0, lambda: str(1))
    except JobCancelled:
        return True
    return False


def late():
    """An exception that comes in one of these steps comes too late."""
    try:
        for number in range(30):
            str(number)
    except BaseException as error:
        return [error]
    return []


@pytest.mark.parametrize("nested", [False, True], ids=["single", "nested"])
def test_no_exception_leaks_out_of_a_block_that_ends_as_its_time_does(limits, nested, tight):
    leaks, in_time = [], []
    threads = [threading.Thread(target=lambda seed=seed: in_time.append(race(limits, seed, leaks, nested=nested))) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert leaks == []
    assert len(in_time) == 2
    assert sum(in_time) < RACES
    time.sleep(0.05)
    assert limits.overdue() == []


def test_a_stop_that_races_with_the_end_of_a_block_never_leaks(limits, tight):
    leaks, runner, stops, enough = [], [], [], threading.Event()

    def run():
        runner.append(threading.get_ident())
        while not enough.is_set():
            stops.append(was_stopped(limits))
            leaks.extend(late())

    thread = threading.Thread(target=run)
    thread.start()
    told = 0
    while told < STOPS and thread.is_alive():
        told += bool(runner) and limits.stop(runner[0], JobCancelled("u-1"))
    enough.set()
    thread.join(10)
    assert leaks == []
    assert sum(stops) == told == STOPS


def test_a_limit_costs_a_job_a_few_microseconds(limits):
    began = time.perf_counter()
    for _ in range(20_000):
        with limits.limit(60_000):
            pass
    assert (time.perf_counter() - began) / 20_000 < 20e-6
