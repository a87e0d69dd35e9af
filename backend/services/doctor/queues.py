"""Checks of what lies in the queues: pauses, depth, jobs that hang, wait too long or are unknown to Redis, events nobody heard."""

from collections.abc import Sequence
from datetime import timedelta

from backend.queues.names import QUEUES
from backend.queues.ports import JobFilter
from backend.queues.records import Job, JobState
from backend.queues.staleness import is_stale
from backend.queues.wording import number_of
from backend.services.doctor.checks import Check, Verdict, failed, ok, skipped, warning
from backend.services.doctor.patient import Patient

SUBJECT = "queues"
LOOKED_AT = 500
SHOWN = 3
LONG = timedelta(seconds=60)
SETTLED = timedelta(seconds=30)
"""The relay hands over again what Redis lost within ten seconds."""


def _numbers(patient: Patient) -> Verdict:
    stats = patient.services().queue_control.stats()
    return ok("; ".join(f"{queue}: " + (_counts(counts) or "empty") for queue, counts in stats.items()))


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in counts.items() if number)


def _pauses(patient: Patient) -> Verdict:
    pauses = patient.services().queue_control.pauses()
    if not pauses:
        return ok("no queue is paused")
    told = [
        f"{each.queue} by {each.by or 'somebody'} since {each.at:%Y-%m-%dT%H:%MZ} ({each.reason or 'no reason given'})" for each in pauses
    ]
    return warning(f"paused: {'; '.join(told)}", f"gacp queue resume {pauses[0].queue}")


def _health(patient: Patient) -> Verdict:
    health = patient.services().queue_control.health()
    if health.redis == "away":
        return failed(f"Redis is away: {health.breaker.reason or 'no answer in time'}", "see the check `redis`; jobs run in their callers")
    if health.alerts:
        return warning("; ".join(alert.message for alert in health.alerts), "gacp jobs list --state failed; gacp queue stats")
    return ok(f"within the thresholds; Redis {health.redis}")


def _stuck(patient: Patient) -> Verdict:
    """Jobs that run longer than they may, or whose worker is gone."""
    services = patient.services()
    now, ledger = services.clock.now(), services.queue_platform.outside.ledger
    active = ledger.page(JobFilter(state=JobState.ACTIVE), limit=LOOKED_AT).items
    lost = [job for job in active if job.lease is not None and job.lease.until < now - SETTLED]
    if lost:
        return failed(f"{_named(lost)}: the worker is gone, and nobody takes the job back", "start a scheduler or a worker: gacp scheduler")
    over = [job for job in active if is_stale(job, now)]
    if over:
        return failed(f"{_named(over)}: runs longer than its time-out", f"gacp jobs cancel {over[0].id}; gacp worker probe")
    return ok(f"{number_of(len(active), 'job runs', 'jobs run')}, each within its time")


def _waiting(patient: Patient) -> Verdict:
    """How long the earliest due job of each queue that is not paused has been waiting, whatever waits in the others."""
    services = patient.services()
    ledger, now, paused = services.queue_platform.outside.ledger, services.clock.now(), set(services.queue_control.paused())
    since = {queue: due for queue in QUEUES if queue not in paused and (due := ledger.waiting_since(queue))}
    late = {queue: due for queue, due in since.items() if due < now - LONG}
    if late:
        waits = ", ".join(f"{queue}: waiting for {(now - due).total_seconds():.0f} s" for queue, due in late.items())
        longest = min(late, key=lambda queue: late[queue])
        cure = f"gacp worker status; gacp jobs list --queue {longest} --state waiting; more workers: gacp worker --processes 2"
        return warning(waits, cure)
    overdue = ledger.due(now - LONG, LOOKED_AT)
    if overdue:
        seen = f"{_named(overdue)}: due for {(now - overdue[0].due_at).total_seconds():.0f} s and still delayed"
        return warning(seen, f"gacp scheduler; gacp jobs show {overdue[0].id}")
    return ok(f"jobs wait in {', '.join(since)}, none has been due for a minute" if since else "nothing waits")


def _relay(patient: Patient) -> Verdict:
    """Jobs of the ledger that Redis does not know although they have been there for a while."""
    if not patient.settings.enable_queue:
        return skipped("ENABLE_QUEUE is not true: no job is handed over to Redis")
    services = patient.services()
    outside = services.queue_platform.outside
    now = services.clock.now()
    settled = [job for job in outside.ledger.pending(limit=LOOKED_AT).items if (job.updated_at or job.created_at) < now - SETTLED]
    missing = outside.broker.missing(job.id for job in settled) if settled else ()
    lost = [job for job in settled if job.id in missing]
    if lost:
        return failed(
            f"{_named(lost)}: Redis does not know it, and no scheduler hands it over again", "gacp scheduler; gacp queue reconcile --fix"
        )
    return ok(f"Redis knows the {len(settled)} first of those that wait" if settled else "nothing has been waiting for long")


def _outbox(patient: Patient) -> Verdict:
    """Events of applications that nobody has heard: their letters, checks and reports are still to be asked for."""
    services = patient.services()
    untold = services.certification.untold(before=services.clock.now() - LONG)
    if untold:
        cure = "start a scheduler, which tells them again: gacp scheduler; its log says which listener fails"
        return failed(f"events of {len(untold)} applications have not been heard for a minute: {', '.join(untold[:SHOWN])}", cure)
    return ok("every event has been heard")


def _alerts(patient: Patient) -> Verdict:
    """What the rules of the alerts say, and nobody looks after yet."""
    firing = patient.services().alerting.book.firing()
    open_ = [alert for alert in firing if not (alert.acknowledged or alert.muted)]
    if open_:
        told = "; ".join(f"{alert.severity} {alert.slug} {alert.queue}".rstrip() for alert in open_[:SHOWN])
        more = f" and {len(open_) - SHOWN} more" if len(open_) > SHOWN else ""
        return warning(f"{told}{more}", f"gacp alerts show {open_[0].id}; {open_[0].runbook}; gacp alerts ack {open_[0].id}")
    return ok(f"{len(firing)} fire, each is looked after or muted" if firing else "nothing fires")


def _named(jobs: Sequence[Job]) -> str:
    more = f" and {len(jobs) - SHOWN} more" if len(jobs) > SHOWN else ""
    return ", ".join(f"{job.type} {job.id}" for job in jobs[:SHOWN]) + more


CHECKS = (
    Check("numbers", SUBJECT, _numbers, needs=("services",)),
    Check("pauses", SUBJECT, _pauses, needs=("services",)),
    Check("thresholds", SUBJECT, _health, needs=("services",)),
    Check("stuck-jobs", SUBJECT, _stuck, needs=("services",)),
    Check("oldest-waiting", SUBJECT, _waiting, needs=("services",)),
    Check("relay", SUBJECT, _relay, needs=("services", "redis")),
    Check("alerts", SUBJECT, _alerts, needs=("services",)),
    Check("outbox", SUBJECT, _outbox, needs=("services",)),
)
