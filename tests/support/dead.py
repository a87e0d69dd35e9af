"""Dead letters on a platform over doubles: jobs that gave up, whose next run goes as a test decides."""

from datetime import timedelta

from backend.adapters.documents.queue_parts import COLLECTIONS
from backend.errors import PermanentFailure
from backend.queues.causes import cause_of
from backend.queues.dead_filter import DeadFilter
from backend.queues.testing import drain
from tests.support.queues import Desk, run_errand, try_once


class DeadDesk(Desk):
    """`kill` makes dead letters; `outcomes` of what runs again are those of the errands, and fine where there are none left."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.store.ensure(*COLLECTIONS)
        self.office = self.platform.dead
        self.dead = self.office.control
        self.book = self.office.causes
        self.replaying = self.office.replaying

    def kill(self, count=1, message="the provider said no to request {}", *, email=False, **submitted):
        """The ids of jobs that gave up with that message, each a second after the other."""
        ids = []
        for number in range(count):
            given = {"subject": f"app-{number}", **submitted}
            ids.append(self.service.submit(try_once if email else run_errand, {"place": f"place {number}"}, **given).job_id)
            self.errands.outcomes.append(PermanentFailure(message.format(number)))
            drain(self.platform)
            self.clock.move(timedelta(seconds=1))
        self.office.grouping.flush()
        self.errands.done.clear()
        return ids

    def cause(self, job_id):
        return cause_of(self.ledger.get(job_id)).id

    def dead_ids(self, **where):
        return [job.id for job in self.dead.page(DeadFilter(**where), limit=1000).items]

    def drain(self):
        ran = drain(self.platform)
        self.office.grouping.flush()
        return ran
