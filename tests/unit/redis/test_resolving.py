"""The address of Redis is looked up within the budget, whatever the resolver of the machine does."""

import socket
import threading
import time

import pytest

from backend.adapters.redis.connection import open_redis, reaching_redis
from backend.adapters.redis.resolving import GOOD_FOR_S, Resolver
from backend.queues.errors import BrokerUnavailable


class Directory:
    """A resolver that a test may hang, with the names it was asked for."""

    def __init__(self, *addresses):
        self.addresses = list(addresses)
        self.asked = []
        self.error = None
        self.answers = threading.Event()
        self.answers.set()
        self.now = 0.0

    def __call__(self, host, port):
        self.asked.append(host)
        self.answers.wait(10)
        if self.error:
            raise self.error
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.addresses]

    def resolver(self):
        return Resolver(self, now=lambda: self.now)


@pytest.fixture
def directory():
    directory = Directory("192.0.2.1", "192.0.2.2", "192.0.2.1")
    yield directory
    directory.answers.set()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_number_is_looked_up_nowhere(directory, host):
    assert directory.resolver().addresses(host, 6379, 1) == [host]
    assert directory.asked == []


def test_a_name_has_its_addresses_in_order_and_each_once(directory):
    assert directory.resolver().addresses("redis", 6379, 1) == ["192.0.2.1", "192.0.2.2"]


def test_an_answer_is_good_for_a_while_and_then_asked_for_again(directory):
    resolver = directory.resolver()
    for moment in (0, GOOD_FOR_S - 1, GOOD_FOR_S):
        directory.now = moment
        resolver.addresses("redis", 6379, 1)
    assert directory.asked == ["redis", "redis"]


def test_a_resolver_that_hangs_is_waited_for_only_so_long(directory):
    directory.answers.clear()
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="The address of redis is not known in time"):
        directory.resolver().addresses("redis", 6379, 0.05)
    assert time.monotonic() - began < 5


def test_callers_of_one_hanging_look_up_share_it_and_a_later_one_has_its_answer(directory):
    directory.answers.clear()
    resolver = directory.resolver()
    for _ in range(3):
        with pytest.raises(TimeoutError):
            resolver.addresses("redis", 6379, 0.01)
    directory.answers.set()
    assert resolver.addresses("redis", 6379, 5) == ["192.0.2.1", "192.0.2.2"]
    assert directory.asked == ["redis"]


@pytest.mark.parametrize("trouble", ["hangs", "fails"])
def test_an_old_answer_is_better_than_none(directory, trouble):
    resolver = directory.resolver()
    known = resolver.addresses("redis", 6379, 1)
    directory.now = GOOD_FOR_S + 1
    if trouble == "hangs":
        directory.answers.clear()
    else:
        directory.error = socket.gaierror(-3, "Temporary failure in name resolution")
    assert resolver.addresses("redis", 6379, 0.05) == known


@pytest.mark.parametrize("error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")])
def test_a_name_that_nobody_knows_is_an_error_of_the_network_each_time(directory, error):
    directory.error = error
    resolver = directory.resolver()
    for _ in range(2):
        with pytest.raises(OSError, match=r"not known|no name of a host"):
            resolver.addresses("redis", 6379, 1)
    assert len(directory.asked) == 2


def test_a_redis_whose_name_is_looked_up_for_ever_costs_the_budget_and_not_more(directory):
    directory.answers.clear()
    redis = open_redis("redis://redis.example:6379/0", deadline_ms=5_000, resolver=directory.resolver())
    began = time.monotonic()
    with pytest.raises(BrokerUnavailable, match="Timeout"), reaching_redis(0.1):
        redis.ping()
    assert time.monotonic() - began < 2.5


def test_the_next_address_is_tried_where_the_first_refuses(redis_url, directory):
    directory.addresses = ["127.0.0.2", "127.0.0.1"]
    address = redis_url.replace("127.0.0.1", "redis.example")
    assert "redis.example" in address
    with open_redis(address, deadline_ms=1_000, resolver=directory.resolver()) as redis:
        assert redis.ping()
    assert directory.asked == ["redis.example"]


def test_with_tls_the_server_is_asked_for_by_its_name_and_reached_by_its_address(redis_url, directory):
    directory.addresses = ["127.0.0.1"]
    address = redis_url.replace("redis://", "rediss://").replace("127.0.0.1", "redis.example")
    redis = open_redis(address, deadline_ms=1_000, resolver=directory.resolver())
    asked_for = []

    class Watched(redis.connection_pool.connection_class):
        def _wrap_socket_with_ssl(self, sock):
            asked_for.append((self.host, sock.getpeername()[0]))
            return sock

    redis.connection_pool.connection_class = Watched
    with redis:
        assert redis.ping()
    assert asked_for == [("redis.example", "127.0.0.1")]


def answer_once(listener):
    """Be a server for one PING."""
    caller, _ = listener.accept()
    with caller:
        caller.recv(100)
        caller.sendall(b"+PONG\r\n")
        caller.recv(100)


def test_a_socket_file_has_no_name_to_look_up(tmp_path, directory):
    path = tmp_path / "redis.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=answer_once, args=(listener,), daemon=True).start()
        with open_redis(f"unix://{path}", deadline_ms=5_000, resolver=directory.resolver()) as redis:
            assert redis.ping()
    assert directory.asked == []
