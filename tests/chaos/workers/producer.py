"""Submits jobs at a steady rate while things break, and remembers what was acknowledged."""

import threading
import time

from backend.errors import Unavailable
from backend.queues.service import Submission
from tests.chaos.workers import job_types as types

MIXTURE = (
    (types.noop, 60, (0,)),
    (types.nap, 14, (10, 60, 300)),
    (types.spin, 4, (20, 60)),
    (types.crunch, 3, (20, 60)),
    (types.flaky, 8, (1, 2)),
    (types.doomed, 3, (0,)),
    (types.hopeless, 2, (0,)),
    (types.chat, 5, (0,)),
    (types.endless, 1, (0,)),
)
BULK = 12
MOST_AT_ONCE = 60
TURN_S = 0.1


class Producer(threading.Thread):
    """`promised` are the ids that were acknowledged; `refused` counts answers that promised nothing."""

    def __init__(self, platform, random, *, rate, mixture=MIXTURE):
        super().__init__(daemon=True)
        self._service = platform.service
        self._random = random
        self._rate = rate
        self._types = [job_type for job_type, _, _ in mixture]
        self._weights = [weight for _, weight, _ in mixture]
        self._sizes = {job_type.name: sizes for job_type, _, sizes in mixture}
        self._enough = threading.Event()
        self.promised, self.strange = [], []
        self.refused = 0

    def run(self):
        started = time.monotonic()
        asked = 0.0
        while not self._enough.wait(TURN_S):
            due = (time.monotonic() - started) * self._rate
            asked = max(asked, due - MOST_AT_ONCE)  # who had to wait does not make up for all of it at once
            while asked < due and not self._enough.is_set():
                self._ask(self._submit_many if self._random.random() < 0.5 else self._submit_one_by_one)
                asked += BULK

    def stop(self):
        """Submit no more; returns when the last answer is there."""
        self._enough.set()
        self.join(60)
        assert not self.is_alive(), "a submission does not return"

    def submit(self, job_type, size=0, **options):
        """One job more, which the round is about."""
        self._ask(lambda: self.promised.append(self._service.submit(job_type, types.Errand(size=size), **options).job_id))

    def _submit_many(self):
        wanted = [Submission(job_type, types.Errand(size=size), options=options) for job_type, size, options in self._some()]
        self.promised += [answer.job_id for answer in self._service.submit_many(wanted)]

    def _submit_one_by_one(self):
        for job_type, size, options in self._some():
            self.promised.append(self._service.submit(job_type, types.Errand(size=size), **options).job_id)

    def _some(self):
        for job_type in self._random.choices(self._types, self._weights, k=BULK):
            yield job_type, self._random.choice(self._sizes[job_type.name]), self._options()

    def _options(self):
        chance = self._random.random()
        if chance < 0.1:
            return {"priority": self._random.randint(1, 9)}
        if chance < 0.2:
            return {"delay": self._random.randint(1, 800)}
        return {"lifo": True} if chance < 0.25 else {}

    def _ask(self, submit):
        try:
            submit()
        except Unavailable:
            self.refused += 1
        except Exception as error:
            self.strange.append(f"a submission raised {error!r}")
