"""Makes what looks at jobs and at people: each anew for whoever asks, as it remembers what it has seen."""

from dataclasses import dataclass

from backend.accounts.service import AccountService
from backend.errors import Conflict
from backend.queues.checkup import Checkup
from backend.queues.platform import QueuePlatform
from backend.queues.window import Window
from backend.services.job_debug import JobDebug
from backend.services.job_why import JobWhy
from backend.services.people import People
from backend.services.replays import Replays
from backend.services.rq_acts import RqActs


@dataclass(frozen=True)
class Views:
    """`window` is None where jobs do not go to Redis."""

    platform: QueuePlatform
    replays: Replays
    checkup: Checkup
    window: Window | None
    accounts: AccountService

    def job_debug(self) -> JobDebug:
        return JobDebug(self.platform, self.replays, self.checkup, self.window, self.job_why(), people=self.people())

    def job_why(self) -> JobWhy:
        return JobWhy(self.platform, self.checkup, self.window, self.people())

    def people(self) -> People:
        return People(self.accounts)

    def rq_acts(self) -> RqActs:
        """Raises Conflict where jobs do not go to Redis."""
        if self.window is None:
            raise Conflict("Jobs do not go to Redis: ENABLE_QUEUE is off / ปิดการใช้คิวอยู่")
        return RqActs(self.platform.control, self.platform.job_control, self.platform.outside.broker, self.window)
