"""Threads are made when they are needed, and nothing that a task does ends one."""

import threading
import time

import pytest
from structlog.testing import capture_logs

from backend.adapters.rq.worker.crew import BRISK, PATIENCE, Crew
from tests.support.workers import House, until


class Tasks:
    """What a crew does here: each task notes its thread, and then waits, raises or ends."""

    def __init__(self):
        self.threads = []
        self.go_on = threading.Event()

    def __call__(self, task):
        self.threads.append(threading.get_ident())
        if isinstance(task, BaseException):
            raise task
        if task == "wait":
            self.go_on.wait(10)


def test_tasks_at_the_same_time_have_threads_of_their_own():
    tasks = Tasks()
    crew = Crew(tasks)
    for _ in range(8):
        crew.give(["wait"])
    assert until(lambda: len(tasks.threads) == 8)
    tasks.go_on.set()
    assert len(set(tasks.threads)) == crew.open == 8


def test_many_short_tasks_that_come_together_are_done_in_few_threads():
    tasks = Tasks()
    crew = Crew(tasks)
    crew.give(["quick"] * 500)
    assert until(lambda: len(tasks.threads) == 500)
    assert len(set(tasks.threads)) < 50


def test_tasks_that_come_together_and_wait_have_a_thread_each_within_some_looks():
    tasks = Tasks()
    crew = Crew(tasks)
    crew.give(["wait"] * 50)
    assert until(lambda: len(tasks.threads) == 50)
    tasks.go_on.set()
    assert len(set(tasks.threads)) == 50


def test_tasks_that_wait_after_many_short_ones_have_a_thread_each_within_some_looks():
    tasks = Tasks()
    crew = Crew(tasks)
    crew.give(["quick"] * 500 + ["wait"] * 20)
    assert until(lambda: len(tasks.threads) == 520)
    tasks.go_on.set()


class HandRung:
    """An alarm that rings when the test says so."""

    def __init__(self):
        self._rung = threading.Semaphore(0)

    def set(self):
        """It is not time that makes it ring."""

    def wait(self):
        self._rung.acquire()

    def ring(self):
        self._rung.release()


def test_a_thread_that_comes_to_short_tasks_of_others_leaves_them_until_the_foreman_sees_that_these_are_held_up():
    tasks, bell, told, may_come_back = Tasks(), HandRung(), [], threading.Event()

    def tell():
        told.append(threading.get_ident())
        if len(told) == 1:
            may_come_back.wait(10)

    crew = Crew(tasks, tell=tell, foremans=bell, monotonic=lambda: 0.0)
    crew.give(["quick"])
    assert until(lambda: told)
    crew.give(["quick"] * BRISK + ["wait"] + ["quick"] * 3)
    begun = 1 + BRISK + 1
    assert until(lambda: len(tasks.threads) == begun)
    may_come_back.set()
    time.sleep(0.05)
    assert len(tasks.threads) == begun
    for _ in range(PATIENCE):
        bell.ring()
    assert until(lambda: len(tasks.threads) == begun + 3)
    tasks.go_on.set()


def test_what_a_task_has_to_tell_soon_is_told_after_it_or_by_another_thread_where_it_takes_long():
    told, go_on = [], threading.Event()

    def work(task):
        crew.call_soon()
        if task == "wait":
            go_on.wait(10)

    crew = Crew(work, tell=lambda: told.append(threading.get_ident()))
    crew.give(["quick"])
    assert until(lambda: told)
    told.clear()
    crew.give(["wait"])
    assert until(lambda: told)
    go_on.set()


def test_a_trickle_of_tasks_does_not_keep_the_foreman_from_looking():
    tasks = Tasks()
    crew = Crew(tasks)
    crew.give(["wait"])
    assert until(lambda: tasks.threads)
    given = 0
    while len(tasks.threads) == 1 and given < 5_000:
        crew.give(["wait"] * 2, is_mine=True)  # which wakes nobody: the foreman has to see that they wait
        given += 1
        time.sleep(0.0003)
    tasks.go_on.set()
    assert len(tasks.threads) > 1


@pytest.mark.parametrize("is_mine", [False, True])
def test_tasks_that_are_known_to_take_long_begin_without_a_look(is_mine):
    tasks = Tasks()
    crew = Crew(tasks)
    crew.give(["wait"] * 20, is_mine=is_mine, long=True)
    assert until(lambda: len(tasks.threads) == 20 - is_mine)
    assert crew._foreman is None
    tasks.go_on.set()


def test_no_task_is_left_lying_however_they_come():
    tasks, given = Tasks(), 0
    crew = Crew(tasks)
    for number in range(300):
        crew.give(["quick"] * (number % 7))
        given += number % 7
        if number % 5 == 0:
            assert until(lambda: len(tasks.threads) == given)  # noqa: B023
    assert until(lambda: len(tasks.threads) == given)


def test_tasks_after_one_another_share_a_thread():
    tasks = Tasks()
    crew = Crew(tasks)
    for number in range(1, 6):
        crew.give(["quick"])
        assert until(lambda expected=number: len(tasks.threads) == expected)
        crew.done()
    assert (len(set(tasks.threads)), crew.open) == (1, 0)


@pytest.mark.parametrize("accident", [ValueError("x"), SystemExit(1), KeyboardInterrupt()])
def test_a_thread_outlives_what_its_task_raises(accident):
    tasks = Tasks()
    crew = Crew(tasks)
    with capture_logs() as lines:
        crew.give([accident])
        assert until(lambda: lines)
        crew.done()
        crew.give(["quick"])
        assert until(lambda: len(tasks.threads) == 2)
    assert len(set(tasks.threads)) == 1


def test_the_place_of_a_thread_that_does_not_come_back_is_taken_by_another():
    tasks = Tasks()
    crew = Crew(tasks)
    crew.give(["wait"])
    assert until(lambda: tasks.threads)
    crew.stuck()
    crew.give(["quick"])
    assert until(lambda: len(tasks.threads) == 2)
    assert (crew.open, crew.lost) == (1, 1)
    tasks.go_on.set()


def test_what_has_ended_is_told_when_the_thread_has_no_further_task():
    told = threading.Event()
    crew = Crew(Tasks(), tell=told.set)
    crew.give(["quick"])
    assert told.wait(10)


def test_one_word_tells_of_many_short_tasks():
    told, tasks = [], Tasks()
    crew = Crew(tasks, tell=lambda: told.append(len(tasks.threads)))
    crew.give(["quick"] * 500)
    assert until(lambda: told and told[-1] == 500)
    assert len(told) < 100


def test_an_end_is_told_while_the_next_task_of_its_thread_takes_long():
    told, tasks = threading.Event(), Tasks()
    crew = Crew(tasks, tell=told.set)
    crew.give(["quick", "wait"])
    assert told.wait(10)
    assert not tasks.go_on.is_set()
    tasks.go_on.set()


def test_an_end_is_told_also_where_the_long_task_came_by_itself():
    told, begun, go_on = threading.Event(), threading.Event(), threading.Event()

    def work(task):
        if task == "first":
            begun.wait(10)
        else:
            go_on.wait(10)

    crew = Crew(work, tell=told.set)
    crew.give(["first"])
    crew.give(["second"])
    begun.set()
    assert told.wait(10)
    go_on.set()


def test_whoever_calls_has_a_thread_at_once_where_all_are_busy():
    told, tasks = threading.Event(), Tasks()
    crew = Crew(tasks, tell=told.set)
    crew.give(["wait"])
    assert until(lambda: tasks.threads)
    crew.call()
    assert told.wait(10)
    assert not tasks.go_on.is_set()
    tasks.go_on.set()


def test_while_a_thread_tells_others_do_the_tasks():
    go_on, tasks = threading.Event(), Tasks()
    crew = Crew(tasks, tell=lambda: not go_on.wait(10))
    crew.give(["first"])
    assert until(lambda: tasks.threads)
    crew.done()
    crew.give(["second"])
    assert until(lambda: len(tasks.threads) == 2)
    go_on.set()
    assert len(set(tasks.threads)) == 2


def test_what_a_thread_gives_for_itself_while_it_tells_it_does_itself():
    tasks, given = Tasks(), []

    def tell():
        if not given:
            given.append("more")
            crew.give(["quick"] * 3, is_mine=True)

    crew = Crew(tasks, tell=tell)
    crew.call()
    assert until(lambda: len(tasks.threads) == 3)
    assert len(set(tasks.threads)) == 1


def test_a_thread_outlives_an_accident_while_it_tells():
    told, tasks = [], Tasks()

    def tell():
        told.append(threading.get_ident())
        raise ValueError("x")

    crew = Crew(tasks, tell=tell)
    with capture_logs() as lines:
        crew.call()
        assert until(lambda: lines)
        crew.give(["quick"])
        assert until(lambda: len(told) == 2)
    assert set(told) == set(tasks.threads)


def test_a_task_that_a_thread_gave_for_itself_is_done_by_another_where_that_one_does_not_come_to_it():
    go_on, given, tasks = threading.Event(), [], Tasks()

    def tell():
        if not given:
            given.append("one")
            crew.give(["quick"], is_mine=True)
            go_on.wait(10)

    crew = Crew(tasks, tell=tell)
    crew.call()
    assert until(lambda: given)
    crew.look()
    assert until(lambda: tasks.threads)
    go_on.set()


def test_the_main_thread_of_a_worker_looks_for_such_tasks_now_and_then():
    reported = threading.Event()

    class Dead:
        """A job of which the report notices that it is asked for."""

        @property
        def state(self):
            reported.set()

    with House().worker() as worker:
        worker._crew.give([Dead()], is_mine=True)  # and the thread that gave it is held up
        assert reported.wait(10)
