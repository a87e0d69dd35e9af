"""Dramatiq with its usual middleware and prefetch."""

import dramatiq
import measuring
from dramatiq.brokers.redis import RedisBroker

broker = RedisBroker(url=measuring.URL)
dramatiq.set_broker(broker)
run = dramatiq.actor(measuring.run)


class Program:
    def submit(self, sent: int, ms: int) -> object:
        return run.send(sent, ms)

    def submit_many(self, count: int, ms: int) -> None:
        for _ in range(count):
            run.send(0, ms)

    def work(self, concurrency: int) -> None:
        dramatiq.Worker(broker, worker_threads=concurrency).start()


if __name__ == "__main__":
    measuring.main(Program())
