"""The Valkey of the town, which may be killed, hang, forget, and come back at the same address."""

import os
import signal
import time
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from backend.adapters.embedded.process import Child
from backend.adapters.embedded.valkey import Valkey
from backend.queues.names import QUEUES


class RedisHouse:
    def __init__(self, folder):
        self._valkey = Valkey(folder)
        self._folder = folder
        self._child = None
        self.start()

    @property
    def url(self):
        return self._valkey.url

    def start(self):
        """Start it, or let it go on; returns when it answers."""
        if self._child is None:
            self._child = Child(self._valkey.program())
        os.kill(self._child.pid, signal.SIGCONT)
        end = time.monotonic() + 10
        while not self._valkey.answers():
            assert time.monotonic() < end, "Valkey does not start"
            time.sleep(0.01)

    def kill(self):
        if self._child is not None:
            self._child.kill_group()
            self._child.close()
            self._child = None

    def forget(self):
        """Remove what it has on the disk; for a server that is killed."""
        for file in self._folder.glob("appendonlydir/*"):
            file.unlink()

    def hang(self):
        if self._child is not None:
            os.kill(self._child.pid, signal.SIGSTOP)

    def flush(self):
        with suppress(RedisError), Redis.from_url(self.url, socket_timeout=2) as redis:
            redis.flushall()

    def forget_scripts(self):
        with suppress(RedisError), Redis.from_url(self.url, socket_timeout=2) as redis:
            redis.script_flush()

    def tidied_by_rq(self, *, later_s):
        """What `rq info` does to whatever ran, where it is called so much later."""
        with Redis.from_url(self.url, socket_timeout=5) as redis:
            for queue in QUEUES:
                StartedJobRegistry(queue, connection=redis, serializer=JSONSerializer).cleanup(time.time() + later_s)

    def ghosts(self):
        """The jobs that it still shows as unfinished; none are left when the town is quiet."""
        with Redis.from_url(self.url, socket_timeout=5) as redis:
            states = {key.decode(): redis.hget(key, "status") for key in redis.scan_iter("rq:job:*")}
        return sorted(key for key, state in states.items() if state not in (b"finished", b"failed"))
