"""Scripts on a pooled connection: unknown ones, broken connections, errors in the middle, and a caller that is interrupted."""

import os
import threading

import pytest
from redis import Redis
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from backend.adapters.redis.connection import open_redis
from backend.adapters.redis.line import Line
from backend.adapters.redis.scripts import Lines, Script, pack
from tests.support.queue_runs import until

pytestmark = pytest.mark.servers
ADD = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
ECHO = Script("return {#KEYS, ARGV[1], ARGV[2]}")


@pytest.fixture
def lines(redis_url):
    client = open_redis(redis_url, deadline_ms=1000)
    yield Lines(client)
    client.close()


@pytest.fixture
def administrator(redis_url):
    with Redis.from_url(redis_url) as client:
        client.script_flush()
        yield client


@pytest.mark.parametrize(
    ("arguments", "packed"),
    [
        (("GET", "k"), b"$3\r\nGET\r\n$1\r\nk\r\n"),
        ((b"\x00\xff", ""), b"$2\r\n\x00\xff\r\n$0\r\n\r\n"),
        ((5, 0.25, "ไทย"), b"$1\r\n5\r\n$4\r\n0.25\r\n$9\r\n" + "ไทย".encode() + b"\r\n"),
        ((), b""),
    ],
)
def test_arguments_are_packed_by_their_length_in_bytes(arguments, packed):
    assert pack(*arguments) == packed


def test_a_call_begun_once_is_completed_many_times(lines, administrator):
    begun = ECHO.call(["k1", "k2"]).begun("a")
    assert ECHO.run(lines, [begun.complete("b"), begun.complete("c")]) == [[2, b"a", b"b"], [2, b"a", b"c"]]


def test_a_script_that_the_server_does_not_know_runs_once_per_call(lines, administrator):
    calls = [ADD.call(["n"]).complete(amount) for amount in (1, 10, 100)]
    assert ADD.run(lines, calls) == [1, 11, 111]
    administrator.script_flush()
    assert ADD.run(lines, calls) == [112, 122, 222]


def test_a_call_after_a_knock_runs_once_also_where_the_connection_is_gone_meanwhile(lines, administrator):
    for total in range(1, 20):
        lines.knock(total / 1000)
        assert ADD.run(lines, [ADD.call(["n"]).complete(1)]) == [total]
        if total % 5 == 0:
            lines.knock(total / 1000)
            administrator.client_kill_filter(_type="normal", skipme=True)
    lines.knock(0.02)
    asked = ADD.send(lines, [ADD.call(["n"]).complete(1)])
    assert asked.answers() == [20]


def test_whoever_is_interrupted_while_he_knocks_leaves_no_half_command_behind(lines, administrator):
    class Interrupted(Line):
        def knock(self):
            super().knock()
            self._wire._has_begun = False  # the byte is out, and nobody has noted it
            raise KeyboardInterrupt

    calls = [ADD.call(["n"]).complete(1)]
    assert ADD.run(lines, calls) == [1]
    lines._idle[0].__class__ = Interrupted
    with pytest.raises(KeyboardInterrupt):
        lines.knock(0.001)
    assert [ADD.run(lines, calls) for _ in range(3)] == [[2], [3], [4]]
    assert len(lines._idle) == lines._made == 1


def test_no_calls_ask_nothing():
    assert ADD.run(Lines(Redis(port=1)), []) == []


def test_an_error_is_raised_after_every_answer_was_read(lines, administrator):
    administrator.set("text", "x")
    with pytest.raises(ResponseError, match="not an integer"):
        ADD.run(lines, [ADD.call([key]).complete(1) for key in ("n", "text", "n")])
    assert ADD.run(lines, [ADD.call(["n"]).complete(1)]) == [3]


def test_a_connection_that_the_server_closed_is_opened_again(lines, administrator):
    ADD.run(lines, [ADD.call(["n"]).complete(1)])
    administrator.client_kill_filter(_type="normal", skipme=True)
    assert ADD.run(lines, [ADD.call(["n"]).complete(1)]) == [2]


def test_after_a_time_out_nothing_is_asked_twice(redis_url, administrator):
    hasty = open_redis(redis_url, deadline_ms=100)
    lines = Lines(hasty)
    ADD.run(lines, [ADD.call(["n"]).complete(1)])
    administrator.client_pause(400, all=False)
    with pytest.raises(RedisTimeoutError):
        ADD.run(lines, [ADD.call(["n"]).complete(1)])
    administrator.client_unpause()
    hasty.close()
    assert int(administrator.get("n")) <= 2


class _Interrupted(BaseException):
    pass


class _Impatient(list):
    """Calls whose sender is interrupted after they have left and before their answer is read."""

    is_sent = False

    def __iter__(self):
        self.is_sent = True
        return super().__iter__()

    def __len__(self):
        if self.is_sent:
            raise _Interrupted
        return super().__len__()


def test_an_answer_that_nobody_read_is_not_taken_for_the_next_one(lines, administrator):
    administrator.script_load("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    with pytest.raises(_Interrupted):
        ADD.run(lines, _Impatient([ADD.call(["other"]).complete(50)]))
    assert ADD.run(lines, [ADD.call(["n"]).complete(1)]) == [1]


def test_many_threads_share_the_client(lines, administrator):
    call = ADD.call(["n"]).complete(1)
    threads = [threading.Thread(target=lambda: [ADD.run(lines, [call]) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert administrator.get("n") == b"400"


def test_a_process_that_forks_leaves_the_parent_its_connection(lines, administrator):
    call = ADD.call(["n"]).complete(1)
    ADD.run(lines, [call])
    child = os.fork()
    if child == 0:
        os._exit(0 if ADD.run(lines, [call] * 20)[-1] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert ADD.run(lines, [call]) == [22]


def test_a_process_that_forks_while_an_answer_is_unread_leaves_it_to_the_parent(lines, administrator):
    call = ADD.call(["n"]).complete(1)
    ADD.run(lines, [call])
    asked = ADD.send(lines, [call])
    assert until(asked.is_answered)
    child = os.fork()
    if child == 0:
        os._exit(0 if ADD.run(lines, [call] * 20)[-1] == 22 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert (asked.answers(), ADD.run(lines, [call])) == ([2], [23])


def test_an_answer_that_the_connection_took_with_it_is_asked_for_again(lines, administrator):
    call = ADD.call(["n"]).complete(1)
    ADD.run(lines, [call])
    administrator.client_pause(10_000, all=False)  # the connection is closed before the call is run
    asked = ADD.send(lines, [call])
    administrator.client_kill_filter(_type="normal", skipme=True)
    administrator.client_unpause()
    assert until(asked.is_answered)
    assert (asked.answers(), ADD.run(lines, [call])) == ([2], [3])


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one(redis_url, administrator):
    hasty = open_redis(redis_url, deadline_ms=100)
    lines, call = Lines(hasty), ADD.call(["n"]).complete(1)
    ADD.run(lines, [call])
    administrator.client_pause(400, all=False)
    asked = ADD.send(lines, [ADD.call(["other"]).complete(50)])
    assert not asked.is_answered()
    with pytest.raises(RedisTimeoutError):
        asked.answers()
    administrator.client_unpause()
    assert ADD.run(lines, [call]) == [2]
    hasty.close()


def test_a_closed_client_closes_what_was_idle(redis_url, administrator):
    client = open_redis(redis_url, deadline_ms=1000)
    ADD.run(Lines(client), [ADD.call(["n"]).complete(1)])
    before = len(administrator.client_list())
    client.close()
    assert until(lambda: len(administrator.client_list()) == before - 1)
