"""The whole application over a real Redis with jobs in every place that rq-dashboard shows."""

from datetime import timedelta

from backend.jobs.clean_jobs import clean_jobs
from backend.jobs.send_letter import send_letter
from backend.queues import transitions
from backend.queues.ledger import change
from backend.queues.ports import Lane
from tests.support.site import Site

WORKER = "w-1"


class RqSite(Site):
    """Nobody works here but on demand: `fail_next` and `finish_next` are runs of a worker."""

    def __init__(self, folder, url, **environment):
        super().__init__(folder, **{"ENABLE_QUEUE": "true", "REDIS_URL": url, "REDIS_DEADLINE_MS": "5000"} | environment)
        self.platform = self.services.queue_platform
        self.broker = self.platform.outside.broker

    def wait_in_line(self, name, **options):
        """A job of the report queue that waits."""
        return self.services.queues.submit(clean_jobs, {"days": 7}, job_id=name, **options).job_id

    def schedule(self, name):
        return self.wait_in_line(name, delay=timedelta(hours=1) // timedelta(milliseconds=1))

    def fail(self, name):
        """A job of the email queue that has failed for good: there is no letter of this kind."""
        self.services.queues.submit(send_letter, {"kind": "none", "application_id": "none", "event_id": name}, job_id=name, attempts=1)
        delivery = self.broker.take(["email"], 0)
        job = self.platform.runner.run(delivery.job_id, worker=WORKER)
        self.broker.bury(delivery, job.error_class, keep_s=3600)
        return name

    def finish(self, name):
        self.wait_in_line(name, priority=1)
        delivery = self.broker.take(["report"], 0)
        assert delivery.job_id == name
        self.platform.runner.run(name, worker=WORKER)
        self.broker.acknowledge(delivery, keep_s=3600)
        return name

    def take(self, name):
        """A job that a worker has taken and not ended."""
        self.wait_in_line(name, priority=1)
        [delivery] = self.broker.turn(WORKER, (), [Lane("report", 1, 1)], 1).deliveries
        assert delivery.job_id == name
        lease = self.platform.keeper.new_lease(WORKER)
        change(self.platform.outside.ledger, name, lambda found: transitions.claim(found, lease, self.services.clock.now()))
        return name

    def state(self, job_id):
        return self.services.job_control.state(job_id)
