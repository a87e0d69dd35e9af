"""What the address of Redis may say: host, port, database, user and password, TLS, or a socket file."""

import pytest
from redis.connection import SSLConnection, UnixDomainSocketConnection

from backend.adapters.redis.connection import open_redis


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://cache", {"host": "cache"}),
        ("redis://cache:7000", {"host": "cache", "port": 7000}),
        ("redis://cache/3", {"host": "cache", "db": 3}),
        ("redis://cache?db=4", {"host": "cache", "db": 4}),
        ("redis://:s%23cret%2F@cache:7000/2", {"host": "cache", "port": 7000, "db": 2, "password": "s#cret/"}),
        ("redis://worker:word@cache", {"host": "cache", "username": "worker", "password": "word"}),
        ("redis://[::1]:7000", {"host": "::1", "port": 7000}),
        ("unix:///run/redis.sock?db=1", {"path": "/run/redis.sock", "db": 1}),
    ],
)
def test_every_part_of_the_address_counts(url, expected):
    given = open_redis(url, deadline_ms=250).connection_pool.connection_kwargs
    assert {name: given.get(name) for name in ("host", "port", "db", "username", "password", "path") if name in given} == expected


@pytest.mark.parametrize(("url", "kind"), [("rediss://cache", SSLConnection), ("unix:///run/redis.sock", UnixDomainSocketConnection)])
def test_the_scheme_chooses_the_kind_of_connection(url, kind):
    assert issubclass(open_redis(url, deadline_ms=250).connection_pool.connection_class, kind)


def test_a_password_opens_the_database_that_was_named(redis_url):
    with open_redis(f"{redis_url.rpartition('/')[0]}/5", deadline_ms=2_000) as fifth, open_redis(redis_url, deadline_ms=2_000) as other:
        fifth.set("mark", "5")
        assert (fifth.get("mark"), other.get("mark")) == (b"5", None)


@pytest.mark.parametrize("url", ["cache:6379", "http://cache"])
def test_an_address_of_another_kind_is_refused(url):
    with pytest.raises(ValueError, match="redis://"):
        open_redis(url, deadline_ms=250)
