"""A connection on which anything but a whole answer came is never used again, and whoever asks hears of it as of an outage."""

import os
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from redis.exceptions import ReadOnlyError

from backend.adapters.redis import line as line_module
from backend.adapters.redis.connection import open_redis, reaching_redis
from backend.adapters.redis.line import Line
from backend.adapters.redis.scripts import Lines, Script, command
from backend.queues.errors import BrokerUnavailable
from tests.support.certificates import make_certificate
from tests.support.queue_runs import until

ASK = Script("return 1")
CALL = ASK.call([]).complete()
CLOSE = object()
PING = command("PING")
DEADLINE_MS = 30_000
IMPATIENT_S = 0.1


class Server:
    """Gives one of `answers` after the other, whatever it is asked: bytes, pauses in seconds, CLOSE; then `:0` for ever."""

    def __init__(self, listener, answers, tls=None):
        self.connections = self.asked = 0
        self._tls = tls
        self._answers = list(answers)
        self._listener = listener
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller):
        caller = self._tls.wrap_socket(caller, server_side=True) if self._tls else caller
        with suppress(OSError), caller:
            while caller.recv(65_536):
                answer = self._answers.pop(0) if self._answers else [b":0\r\n"]
                self.asked += 1
                for piece in answer:
                    if piece is CLOSE:
                        return
                    if isinstance(piece, float):
                        time.sleep(piece)
                    else:
                        caller.sendall(piece)


@contextmanager
def answering(*answers, family=socket.AF_INET, address=("127.0.0.1", 0), tls=None):
    with socket.create_server(address, family=family) as listener:
        yield Server(listener, answers, tls), listener.getsockname()


@pytest.fixture(params=["at once", "in two halves"])
def ask(request):
    """How the script is called."""
    if request.param == "at once":
        return ASK.run
    return lambda lines, calls: ASK.send(lines, calls).answers()


@contextmanager
def asking(*answers):
    with answering(*answers) as (server, (_, port)):
        client = open_redis(f"redis://127.0.0.1:{port}/0", deadline_ms=DEADLINE_MS)
        yield server, Lines(client)
        client.close()


def test_an_answer_in_pieces_is_one(ask):
    with asking([b":", 0.02, b"4", 0.02, b"2\r", 0.02, b"\n"]) as (server, lines):
        assert ask(lines, [CALL]) == [42]
        assert ask(lines, [CALL]) == [0]
        assert server.connections == 1


@pytest.mark.parametrize("late", [[b"$5\r\nfi", 0.5, b"rst\r\n"], [0.5, b":1\r\n"], [b"*2\r\n:1\r\n", 0.5, b":1\r\n"]])
def test_what_is_left_of_an_answer_that_was_late_is_nobodys(late, ask):
    with asking([b":9\r\n"], late) as (server, lines):
        assert ask(lines, [CALL]) == [9]
        with pytest.raises(BrokerUnavailable, match="TimeoutError"), reaching_redis(IMPATIENT_S):
            ask(lines, [CALL])
        assert [ask(lines, [CALL]) for _ in range(3)] == [[0], [0], [0]]
        assert server.connections == 2


@pytest.mark.parametrize("broken", [[CLOSE], [b"$5\r\nfi", CLOSE]])
def test_after_a_connection_that_broke_it_is_asked_once_more_on_a_new_one(broken, ask):
    with asking(broken, [b":7\r\n"], broken, broken) as (server, lines):
        assert ask(lines, [CALL]) == [7]
        with pytest.raises(BrokerUnavailable), reaching_redis():
            ask(lines, [CALL])
        assert ask(lines, [CALL]) == [0]
        assert server.asked == 5


def test_a_server_that_still_loads_is_away(ask):
    loading = [b"-LOADING Redis is loading the dataset in memory\r\n"]
    with asking(loading, loading) as (_, lines):
        with pytest.raises(BrokerUnavailable), reaching_redis():
            ask(lines, [CALL])
        assert ask(lines, [CALL]) == [0]


def test_a_server_that_is_no_master_any_more_is_left(ask):
    with asking([b"-READONLY You can't write against a read only replica.\r\n"]) as (server, lines):
        with pytest.raises(ReadOnlyError):
            ask(lines, [CALL])
        assert ask(lines, [CALL]) == [0]
        assert server.connections == 2


@pytest.mark.parametrize("answer", [b":many\r\n", b"$\r\n", b"*x\r\n", b"_\r\n", b">2\r\n+a\r\n+b\r\n", b"HTTP/1.1 400 Bad Request\r\n"])
def test_what_is_no_answer_counts_as_an_outage(answer, ask):
    with asking([answer]) as (server, lines):
        with pytest.raises(BrokerUnavailable), reaching_redis():
            ask(lines, [CALL])
        assert ask(lines, [CALL]) == [0]
        assert server.connections == 2


def test_the_script_is_told_once_and_only_what_did_not_run_is_asked_again(ask):
    unknown = b"-NOSCRIPT No matching script.\r\n"
    with asking([b":1\r\n", unknown, b":3\r\n"], [b"$1\r\nx\r\n"], [b":2\r\n"]) as (server, lines):
        assert ask(lines, [CALL] * 3) == [1, 2, 3]
        assert server.asked == 3


def test_a_server_that_does_not_take_the_script_says_why(ask):
    refusal = b"-NOSCRIPT No matching script.\r\n"
    with asking([refusal], [b"-OOM command not allowed\r\n"], [refusal]) as (_, lines):
        with pytest.raises(BrokerUnavailable, match="NoScript"), reaching_redis():
            ask(lines, [CALL])
        assert ask(lines, [CALL]) == [0]


def test_an_answer_that_was_left_unread_is_nobodys_even_where_nobody_could_close_the_line():
    """As where a job's time is over, and the worker's stop comes while its connection is being closed."""
    with answering([b":1\r\n"]) as (server, (_, port)):
        client = open_redis(f"redis://127.0.0.1:{port}/0", deadline_ms=DEADLINE_MS)
        line = Line(client.connection_pool.get_connection())
        line.send([PING])
        assert until(lambda: server.asked == 1), "the unread answer is on its way, so that it is not the next call's own"
        assert line.exchange([PING]) == [0]
        assert server.connections == 2
        client.close()


def test_whoever_asks_in_two_halves_has_a_connection_to_himself_and_sees_that_it_is_answered():
    with asking([0.3, b":1\r\n"], [b":2\r\n"]) as (server, lines):
        first = ASK.send(lines, [CALL])
        assert not first.is_answered()
        assert until(lambda: server.asked == 1)
        assert ASK.run(lines, [CALL]) == [2]
        assert until(first.is_answered)
        assert first.answers() == [1]
        assert server.connections == 2


def test_nobody_waits_for_the_answer_of_a_connection_that_broke():
    with asking([CLOSE]) as (server, lines):
        asked = ASK.send(lines, [CALL])
        assert until(asked.is_answered)
        assert asked.answers() == [0]
        assert server.connections == 2


def test_a_socket_file_is_a_line_as_well(tmp_path, ask):
    path = str(tmp_path / "s")
    with answering([b":", 0.02, b"5\r\n"], [b":6", 0.5], family=socket.AF_UNIX, address=path) as (server, _):
        client = open_redis(f"unix://{path}", deadline_ms=DEADLINE_MS)
        lines = Lines(client)
        assert ask(lines, [CALL]) == [5]
        with pytest.raises(BrokerUnavailable, match="TimeoutError"), reaching_redis(IMPATIENT_S):
            ask(lines, [CALL])
        assert ask(lines, [CALL]) == [0]
        assert server.connections == 2
        client.close()


MANY = 40_000_000  # bytes, more than any system buffers


@contextmanager
def reading(count):
    """A server that reads so many bytes, in its own time, and then answers once."""

    def serve():
        caller, _ = listener.accept()
        with caller:
            left = count
            while left:
                time.sleep(0.001)
                left -= len(caller.recv(1_000_000))
            caller.sendall(b"+OK\r\n")
            over.wait(30)

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        client = open_redis(f"redis://127.0.0.1:{listener.getsockname()[1]}/0", deadline_ms=DEADLINE_MS)
        yield Line(client.connection_pool.get_connection())
        over.set()
        client.close()


def test_what_no_buffer_takes_at_once_is_sent_bit_by_bit():
    with reading(MANY) as line:
        assert line.exchange([b"x" * MANY]) == [b"OK"]


def test_a_server_that_reads_nothing_is_waited_for_no_longer_than_told():
    with reading(0) as line:
        with pytest.raises(BrokerUnavailable, match="TimeoutError"), reaching_redis(IMPATIENT_S):
            line.exchange([b"x" * MANY])
        line.close()


@contextmanager
def keen_wire(patience_s):
    """Who has nothing better to do than to look for an answer, and the other end."""
    here, there = socket.socketpair()
    with here, there:
        wire = line_module._Plain(here, patience_s)
        wire.keen = True
        yield wire, there


@pytest.fixture
def looks(monkeypatch):
    """One for each look for an answer."""
    seen = []
    monkeypatch.setattr(os, "sched_yield", lambda: seen.append(1))
    return seen


def test_a_quick_answer_is_looked_for_and_after_a_late_one_it_is_waited_for_asleep_for_a_while(monkeypatch, looks):
    with keen_wire(0.001) as (wire, there):
        for number in range(line_module.RESTS + 1):
            with pytest.raises(TimeoutError):
                wire.receive()
            if number == 0:
                looked = len(looks)
        assert looked == len(looks) > 0
        monkeypatch.setattr(os, "sched_yield", lambda: there.send(b"soon"))
        assert wire.receive() == b"soon"


def test_a_server_that_was_left_alone_for_a_while_is_not_looked_for(looks):
    with keen_wire(5) as (wire, there):
        time.sleep(5 * line_module.ASLEEP_AFTER_S)
        threading.Timer(0.05, there.send, (b"later",)).start()
        assert wire.ask(b"?") == b"later"
    assert looks == []


def test_a_knock_is_the_beginning_of_whatever_is_asked_next():
    with keen_wire(5) as (wire, there):
        wire.knock()
        wire.knock()
        assert there.recv(99) == b"*"
        for _ in range(2):
            there.send(b"+PONG\r\n")
            assert wire.ask(PING) == b"+PONG\r\n"
        assert there.recv(99) == PING[1:] + PING
        wire.knock()
        wire.send(PING)
        assert there.recv(99) == PING


def test_nobody_knocks_where_others_ask_as_well_or_the_server_is_gone():
    with keen_wire(5) as (wire, there):
        wire.keen = False
        wire.knock()
        there.send(b"+PONG\r\n")
        assert wire.ask(PING) == b"+PONG\r\n"
        assert there.recv(99) == PING
        wire.keen = True
        there.close()
        wire.knock()
        with pytest.raises(OSError):
            wire.ask(PING)


def test_where_others_ask_at_the_same_time_nobody_looks_for_his_answer(monkeypatch):
    looking = set()
    monkeypatch.setattr(os, "sched_yield", lambda: looking.add(threading.current_thread()))
    with asking([0.3, b":1\r\n"], [0.1, b":2\r\n"]) as (server, lines):
        first = threading.Thread(target=ASK.run, args=(lines, [CALL]))
        first.start()
        assert until(lambda: server.asked == 1)
        assert ASK.run(lines, [CALL]) == [2]
        first.join()
        assert looking == {first}


def test_with_tls_the_limits_are_the_same(tmp_path):
    certificate = make_certificate(tmp_path)
    with answering([b":", 0.02, b"5\r\n"], [b":6", 0.5], tls=certificate.for_server()) as (server, (_, port)):
        client = open_redis(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate.certificate}", deadline_ms=DEADLINE_MS)
        lines = Lines(client)
        assert ASK.run(lines, [CALL]) == [5]
        with pytest.raises(BrokerUnavailable, match="TimeoutError"), reaching_redis(IMPATIENT_S):
            ASK.run(lines, [CALL])
        assert ASK.run(lines, [CALL]) == [0]
        assert server.connections == 2
        client.close()
