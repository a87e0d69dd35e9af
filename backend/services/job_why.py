"""Gathers what decides about one job, within the patience of who asks, and says why it waits."""

from datetime import timedelta

from backend.queues.checkup import Checkup, Report
from backend.queues.checkup.probe import Probe
from backend.queues.limits import QueueLimits
from backend.queues.numbers import Window as Numbers
from backend.queues.platform import QueuePlatform
from backend.queues.records import Job
from backend.queues.scheduling import LEASE_NAME
from backend.queues.waiting import Pace, Surroundings, Why
from backend.queues.waiting_answer import why
from backend.queues.window import JobPlace, Pressure, Window
from backend.services.people import People

PATIENCE_S = 0.1
"""So long Redis is waited for, which is less than its deadline; a job is explained without it, too."""
SPAN = timedelta(minutes=15)


class JobWhy:
    """Looks, and changes nothing."""

    def __init__(self, platform: QueuePlatform, checkup: Checkup, window: Window | None, people: People) -> None:
        self._people = people
        self._platform = platform
        self._checkup = checkup
        self._window = window

    def ask(self, job_id: str, *, patience_s: float = PATIENCE_S) -> Why:
        """Raises NotFound, and Unavailable while the ledger is away; a Redis that is away is one of the answers."""
        outside = self._platform.outside
        job, now = outside.ledger.get(job_id), outside.clock.now()
        leader = outside.leadership.holder(LEASE_NAME, now)
        if job.finished:
            return why(job, Surroundings(now, "unknown", leader=leader))
        report, limits = self._checkup.report(patience_s=patience_s), outside.limits.all().get(job.queue)
        place, pressure = self._in_redis(job, limits, report, patience_s)
        pause = next((each for each in self._platform.control.pauses() if each.queue == job.queue), None)
        queue = next(each for each in report.queues if each.name == job.queue)
        return why(
            job,
            Surroundings(
                now=now,
                redis=report.redis.state if report.redis else "unknown",
                pause=pause,
                names={who: self._people.called(who) for who in (job.cancel_by, pause.by if pause else "") if who},
                limits=limits,
                place=place.place if place else None,
                ahead=place.ahead if place else None,
                running=pressure.in_flight if pressure else None,
                runs=pressure.some if pressure else (),
                capacity=queue.capacity if report.redis else None,
                held_until=now + timedelta(milliseconds=pressure.held_back_ms) if pressure and pressure.held_back_ms else None,
                leader=leader,
                pace=_pace(self._platform.numbers.window(job.queue, SPAN)),
            ),
        )

    def _in_redis(self, job: Job, limits: QueueLimits | None, report: Report, patience_s: float) -> tuple[JobPlace | None, Pressure | None]:
        """In a thread, so that a Redis which begins to hang right now is not waited for."""
        window = self._window
        if window is None or report.redis is None or report.redis.state != "up":
            return None, None
        rate = (limits.rate_max, limits.rate_duration_ms) if limits else (0, 0)

        def look() -> tuple[JobPlace, Pressure]:
            return window.place(job.id, job.queue), window.pressure(job.queue, rate_max=rate[0], rate_duration_ms=rate[1])

        probe = Probe("why", look)
        probe.ask()
        found = probe.reading(patience_s)
        probe.close()
        return found.value or (None, None)


def _pace(window: Numbers) -> Pace:
    return Pace(window.average_run_ms, window.per_minute, SPAN)
