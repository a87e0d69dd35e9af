"""The embedded Valkey keeps what it was given, keeps its address, and keeps others out."""

import signal
import socket

import pytest
from redis import AuthenticationError, Redis

from backend.adapters.embedded.process import Child
from backend.adapters.embedded.valkey import Valkey, running_url, serving
from tests.support.processes import eventually, is_running

pytestmark = pytest.mark.servers


@pytest.fixture
def start(tmp_path):
    """Starts the server of one folder; all are killed at the end."""
    children = []

    def starter():
        server = Valkey(tmp_path / "valkey")
        children.append(Child(server.program()))
        assert eventually(server.answers)
        return server, children[-1]

    yield starter
    for child in children:
        child.kill_group()
        child.close()


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_what_was_answered_is_still_there_after_the_server_was_killed(start, signum):
    server, child = start()
    with Redis.from_url(server.url) as client:
        for number in range(1000):
            client.rpush("jobs", number)
    getattr(child, "kill_group" if signum == signal.SIGKILL else "terminate")()
    assert eventually(lambda: child.exit_code is not None)

    again, _ = start()

    with Redis.from_url(again.url) as client:
        assert client.llen("jobs") == 1000


def test_the_address_outlives_a_restart(start):
    server, child = start()
    child.kill_group()
    assert eventually(lambda: child.exit_code is not None)

    again, _ = start()

    assert again.url == server.url


def test_another_port_is_taken_where_a_stranger_has_ours_meanwhile(start):
    server, child = start()
    child.kill_group()
    assert eventually(lambda: child.exit_code is not None)
    port = int(server.url.rpartition(":")[2].partition("/")[0])

    with socket.create_server(("127.0.0.1", port)):
        again, _ = start()

    assert again.url != server.url


def test_nobody_gets_in_without_the_password(start):
    server, _ = start()
    address = "redis://" + server.url.rpartition("@")[2]

    with Redis.from_url(address) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()


def test_the_files_with_the_password_are_for_the_owner_alone(start, tmp_path):
    start()

    for name in ("server.json", "valkey.conf"):
        assert (tmp_path / "valkey" / name).stat().st_mode & 0o077 == 0


def test_a_full_memory_refuses_writes_and_never_forgets_jobs(start):
    server, _ = start()

    with Redis.from_url(server.url) as client:
        settings = client.config_get("maxmemory-policy", "appendonly", "appendfsync", "bind")

    assert settings == {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec", "bind": "127.0.0.1"}


def test_others_find_the_running_server_of_a_folder_and_none_where_it_has_stopped(start, tmp_path):
    server, child = start()
    assert running_url(tmp_path / "valkey") == server.url

    child.kill_group()

    assert eventually(lambda: running_url(tmp_path / "valkey") == "")
    assert running_url(tmp_path / "never-there") == ""


def test_a_server_for_tests_is_gone_at_the_end_of_its_block(tmp_path):
    with serving(tmp_path) as url, Redis.from_url(url) as client:
        pid = client.info("server")["process_id"]
        assert is_running(pid)

    assert not is_running(pid)
