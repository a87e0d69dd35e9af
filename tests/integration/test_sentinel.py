"""A Redis that fails over under its Sentinels: clients follow to the new master, and no job is lost on the way."""

import time

import pytest
from redis import Redis

from backend.adapters.embedded import valkey
from backend.adapters.embedded.process import Child, Program
from backend.adapters.redis.connection import open_redis
from backend.adapters.redis.sentinel import SentinelAddress
from backend.errors import Misconfigured
from tests.support.queue_process import Work, noted, platform_at, work
from tests.support.queue_runs import finished, process, until

pytestmark = pytest.mark.servers

MASTER = "herbs"
_NODE = "bind 127.0.0.1\nport {port}\nrequirepass secret\nmasterauth secret\nsave ''\nappendonly no\ndir .\n"
_SENTINEL = """\
bind 127.0.0.1
port {port}
dir .
sentinel monitor {name} 127.0.0.1 {master} 1
sentinel auth-pass {name} secret
sentinel down-after-milliseconds {name} 500
sentinel failover-timeout {name} 3000
"""


class Cluster:
    """A master, its replica and one Sentinel that watches both."""

    def __init__(self, folder):
        self._folder = folder
        self._binary = valkey.Valkey(folder / "unused").program().argv[0]
        self.ports = [valkey.free_port() for _ in range(3)]
        master, replica, sentinel = self.ports
        self.children = [
            self._start("master", _NODE.format(port=master)),
            self._start("replica", _NODE.format(port=replica) + f"replicaof 127.0.0.1 {master}\n"),
        ]
        assert until(lambda: self.node(1).info("replication")["master_link_status"] == "up")
        self.children.append(self._start("sentinel", _SENTINEL.format(port=sentinel, master=master, name=MASTER), "--sentinel"))
        self.url = f"redis+sentinel://:secret@127.0.0.1:1,127.0.0.1:{sentinel}/{MASTER}/0"
        watcher = Redis(port=sentinel, socket_timeout=1)
        assert until(lambda: watcher.sentinel_master(MASTER)["num-slaves"] == 1)

    def node(self, number):
        return Redis(port=self.ports[number], password="secret", socket_timeout=1)

    def lose_the_master(self):
        self.children[0].kill_group()

    def close(self):
        for child in self.children:
            child.kill_group()
            child.close()

    def _start(self, name, config, *more):
        folder = self._folder / name
        folder.mkdir()
        (folder / "node.conf").write_text(config)
        return Child(Program(name, (self._binary, "node.conf", *more), cwd=folder))


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.close()


def test_a_client_follows_the_master_past_a_sentinel_that_is_down(cluster):
    client = open_redis(cluster.url, deadline_ms=1000)
    client.set("before", 1)
    assert until(lambda: cluster.node(1).get("before") == b"1")
    cluster.lose_the_master()
    assert until(lambda: _sets(client, "after"), 20)
    assert (client.get("before"), cluster.node(1).get("after")) == (b"1", b"1")


def test_a_worker_goes_on_at_the_new_master_and_every_job_is_done(cluster, tmp_path):
    platform = platform_at(cluster.url, tmp_path)
    with process("scheduler", cluster.url, tmp_path), process("worker", cluster.url, tmp_path, 25, 5):
        before = [platform.service.submit(work, Work(name=f"n{number}", seconds=0.3)) for number in range(20)]
        assert until(lambda: len(noted(tmp_path, "done")) >= 4)
        cluster.lose_the_master()
        assert all(finished(platform, answer) for answer in before)
        assert until(lambda: _sets(open_redis(cluster.url, deadline_ms=1000), "alive"), 20)
        platform.circuit.succeeded()
        asked = time.monotonic()
        assert finished(platform, platform.service.submit(work, Work(name="after")))
        assert time.monotonic() - asked < 10
    assert sorted(noted(tmp_path, "done")) == sorted([f"n{number}" for number in range(20)] + ["after"])


def _sets(client, key):
    try:
        return bool(client.set(key, 1))
    except Exception:
        return False


def test_an_address_names_sentinels_master_database_and_how_to_sign_in():
    read = SentinelAddress.parse("redis+sentinel://user:p%40ss@s1:1234,s2/herbs/3?sentinel_password=a%2Fb")
    assert (read.sentinels, read.master, read.db) == ((("s1", 1234), ("s2", 26379)), "herbs", 3)
    assert (read.username, read.password) == ("user", "p@ss")
    assert read.sentinel_urls() == ["redis://:a%2Fb@s1:1234", "redis://:a%2Fb@s2:26379"]


@pytest.mark.parametrize(
    "wrong", ["redis+sentinel://s1:1", "redis+sentinel:///herbs", "redis+sentinel://s1:x/herbs", "redis+sentinel://:secret@s1/herbs/one"]
)
def test_a_wrong_address_is_refused_with_its_shape_and_without_its_password(wrong):
    with pytest.raises(Misconfigured, match="host:port,host:port/master-name") as refused:
        SentinelAddress.parse(wrong)
    assert "secret" not in str(refused.value)
