"""Fixtures that every test may ask for: a real Valkey server, fresh for each test."""

import sys

import pytest
import structlog
from redis import Redis

from backend.adapters.embedded.valkey import serving

# Threads of earlier tests may still have something to say: not into the standard output that a command of a later one has.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory):
    """The URL of a real server of this test session."""
    with serving(tmp_path_factory.mktemp("valkey")) as url:
        yield url


@pytest.fixture
def redis_url(valkey_url):
    """The same server, empty."""
    with Redis.from_url(valkey_url) as client:
        client.flushall()
    return valkey_url
