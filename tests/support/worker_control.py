"""A worker as its parts see it, without any thread: what it is asked for is noted."""

import threading
import time

from backend.adapters.rq.worker.seams import Run, Tally
from backend.queues.ports import Delivery
from tests.support.queues import Desk, run_errand


class NotedWorker:
    """`backend.adapters.rq.worker.seams.WorkerControl`."""

    def __init__(self, *runs: Run, tally: Tally | None = None, name: str = "w-1") -> None:
        self.name = name
        self.queues = ("aiQc", "email")
        self.concurrency = 10
        self.tally = tally or Tally()
        self.stopping = self.paused = False
        self.spent = False
        self.outage = ""
        self.here = list(runs)
        self.asked: list[tuple] = []

    def runs(self):
        return list(self.here)

    def pause(self):
        self.paused = True

    def resume(self):
        self.paused = False

    def stop(self, within_s=None):
        self.stopping = True
        self.asked.append(("stop", within_s))

    def dismiss(self, within_s=None):
        self.stopping = True
        self.asked.append(("dismiss", within_s))

    def give_way(self):
        self.stopping = True
        self.asked.append(("give way",))

    def end_run(self, run, error):
        run.abandoned = True
        self.asked.append(("end", run.job.id, str(error)))

    def leave(self, code):
        self.asked.append(("leave", code))


def claimed(desk: Desk, place: str = "x") -> Run:
    """A job that was taken and claimed, and that no thread runs yet."""
    job_id = desk.service.submit(run_errand, {"place": place}).job_id
    desk.take_and_vanish()
    job = desk.service.get(job_id)
    return Run(Delivery(job.id, job.queue, run="r-1"), job)


class InThread:
    """Runs the body as a job of that run does: in a thread of its own, under a limit; `outcome` is what came of it."""

    def __init__(self, run: Run, limits, body, *, milliseconds: int = 0) -> None:
        self.outcome: BaseException | None = None
        ready = threading.Event()

        def work():
            run.thread, run.since = threading.get_ident(), time.monotonic()
            try:
                with limits.limit(milliseconds):
                    ready.set()
                    body()
            except BaseException as error:
                self.outcome = error

        self.thread = threading.Thread(target=work)
        self.thread.start()
        ready.wait(5)

    def join(self):
        self.thread.join(10)
        return self.outcome


def spin(seconds: float = 3.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass
