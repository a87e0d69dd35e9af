"""Huey with threads, blocking for the next job, results not stored."""

import logging

import measuring
from huey import RedisHuey

huey = RedisHuey("peer", url=measuring.URL, results=False)
run = huey.task(name="run")(measuring.run)


class Program:
    def submit(self, sent: int, ms: int) -> object:
        return run(sent, ms)

    def submit_many(self, count: int, ms: int) -> None:
        for _ in range(count):
            run(0, ms)

    def work(self, concurrency: int) -> None:
        logging.getLogger("huey").setLevel(logging.ERROR)
        huey.create_consumer(workers=concurrency, worker_type="thread").run()


if __name__ == "__main__":
    measuring.main(Program())
