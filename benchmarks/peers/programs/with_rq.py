"""Stock RQ: its SimpleWorker, which does one job at a time in its own process; results are not kept."""

import measuring
from redis import Redis
from rq import Queue, SimpleWorker


class Program:
    def __init__(self) -> None:
        self._redis = Redis.from_url(measuring.URL)
        self._queue = Queue("peer", connection=self._redis)

    def submit(self, sent: int, ms: int) -> object:
        return self._queue.enqueue("measuring.run", sent, ms, result_ttl=0)

    def submit_many(self, count: int, ms: int) -> None:
        with self._redis.pipeline() as pipeline:
            for _ in range(count):
                self._queue.enqueue("measuring.run", 0, ms, result_ttl=0, pipeline=pipeline)
            pipeline.execute()

    def work(self, concurrency: int) -> None:
        del concurrency
        SimpleWorker([self._queue], connection=self._redis).work(logging_level="ERROR")


if __name__ == "__main__":
    measuring.main(Program())
