"""Celery with its thread pool: acknowledged late, so that a killed worker loses nothing, and results are ignored.

What workers tell one another (gossip, mingle, heartbeats) is switched off, as it costs time; the prefetch is Celery's own (4 per thread).
"""

import measuring
from celery import Celery

app = Celery("peer", broker=measuring.URL)
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_redirect_stdouts=False)
run = app.task(name="run")(measuring.run)


class Program:
    def submit(self, sent: int, ms: int) -> object:
        return run.delay(sent, ms)

    def submit_many(self, count: int, ms: int) -> None:
        with app.producer_pool.acquire(block=True) as producer:
            for _ in range(count):
                run.apply_async((0, ms), producer=producer)

    def work(self, concurrency: int) -> None:
        app.Worker(
            pool="threads",
            concurrency=concurrency,
            loglevel="ERROR",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        ).start()


if __name__ == "__main__":
    measuring.main(Program())
