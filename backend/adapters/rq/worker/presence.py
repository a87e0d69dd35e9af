"""This worker as RQ's own tools see it: `rq info` and rq-dashboard."""

from collections.abc import Sequence

from redis import Redis
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

WORKER_TTL_S = 60


class Presence(SimpleWorker):
    """RQ's simple worker without its loop: birth, heartbeats and death; what it runs is shown by its turns.

    RQ's loop ends on a Redis outage, and its signal handler can lose the job that arrives in that moment.
    """

    def __init__(self, name: str, queues: Sequence[str], connection: Redis) -> None:
        super().__init__(list(queues), name=name, connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL_S)

    def _set_connection(self, connection: Redis) -> Redis:
        """Keep the connection's own time-outs: RQ would stretch them to minutes."""
        return connection

    def beat(self) -> bool:
        """Say that this worker lives; registers it where Redis does not know it, or not any more, and says so."""
        unknown = not self.connection.exists(self.key)
        if unknown:
            self.register_birth()  # type: ignore[no-untyped-call]
        self.heartbeat()
        return unknown
