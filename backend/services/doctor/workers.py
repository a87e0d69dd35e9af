"""Checks of the workers and the scheduler: is somebody there for every queue, is it alive, does it do its work."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from backend.queues.names import QUEUES
from backend.queues.roster import WorkerSeen
from backend.queues.scheduling import LEASE_NAME
from backend.queues.wording import number_of
from backend.services.doctor.checks import Check, Verdict, failed, ok, skipped, warning
from backend.services.doctor.patient import Patient

SUBJECT = "workers"
AHEAD = timedelta(seconds=5)
MISSED = timedelta(minutes=1)
START_WORKER = "start one: gacp worker"
START_SCHEDULER = "start one: gacp scheduler"


def _queues(patient: Patient) -> Verdict:
    """A worker for every queue, that has been heard of lately and takes jobs."""
    if not patient.settings.enable_queue:
        return skipped("ENABLE_QUEUE is not true: jobs run in their callers")
    taking = [worker for worker in patient.workers() if _fresh(worker, patient) and not worker.paused and not worker.stopping]
    served = {queue: [worker for worker in taking if queue in worker.queues or not worker.queues] for queue in QUEUES}
    nobody = [queue for queue, workers in served.items() if not workers]
    if len(nobody) == len(QUEUES):
        return failed("no worker takes jobs: what is submitted waits", START_WORKER)
    if nobody:
        return failed(f"no worker takes jobs of {', '.join(nobody)}", f"{START_WORKER} --queues {','.join(nobody)}")
    places = sum(worker.concurrency for worker in taking)
    return ok(
        f"{number_of(len(taking), 'worker')} with {number_of(places, 'place')}: "
        + ", ".join(f"{queue} {len(found)}" for queue, found in served.items())
    )


def _heartbeats(patient: Patient) -> Verdict:
    seen = patient.workers()
    if not seen:
        return skipped("no worker has been heard of")
    silent = [worker.name for worker in seen if not _fresh(worker, patient)]
    if silent:
        told = f"not heard of for {patient.settings.alert_worker_silent_s:g} s: {', '.join(silent)}"
        return failed(told, "gacp worker probe on its machine; its parent replaces it")
    early = [worker.name for worker in seen if worker.last_heartbeat and worker.last_heartbeat > datetime.now(UTC) + AHEAD]
    if early:
        return warning(f"the clock of {', '.join(early)} goes before this one", "let the machines follow a time server")
    oldest = max(datetime.now(UTC) - worker.last_heartbeat for worker in seen if worker.last_heartbeat)
    return ok(f"the last sign of each is at most {max(0.0, oldest.total_seconds()):.0f} s old")


def _condition(patient: Patient) -> Verdict:
    """What workers say of themselves that keeps them from working."""
    seen = patient.workers()
    if not seen:
        return skipped("no worker has been heard of")
    told = list(_troubles(seen))
    if told:
        return warning("; ".join(told), "gacp worker status; gacp worker resume NAME for one that is paused")
    done, lost = sum(worker.completed for worker in seen), sum(worker.failed for worker in seen)
    memory = max(worker.memory_mib for worker in seen)
    running = number_of(sum(worker.running for worker in seen), "job runs", "jobs run")
    return ok(f"{running}, {done} completed and {lost} failed since they began, {memory:.0f} MiB at most")


def _troubles(seen: Sequence[WorkerSeen]) -> Iterator[str]:
    for worker in seen:
        if worker.paused:
            yield f"{worker.name} is paused"
        if worker.outage:
            yield f"{worker.name} works without {worker.outage}"


def _here(patient: Patient) -> Verdict:
    signs = patient.life_signs()
    if not signs:
        return skipped("no worker runs on this machine")
    hanging = [f"{sign.name} (process {sign.pid}, {sign.age_s:g} s)" for sign in signs if not sign.fresh]
    if hanging:
        return failed(f"hangs: {', '.join(hanging)}", "its parent ends and replaces it; without one: kill -KILL the process")
    return ok(f"{len(signs)} live on this machine")


def _scheduler(patient: Patient) -> Verdict:
    services = patient.services()
    outside = services.queue_platform.outside
    holder = outside.leadership.holder(LEASE_NAME, outside.clock.now())
    if holder:
        return ok(f"{holder} leads")
    if not (patient.settings.enable_queue or patient.settings.enable_scheduler):
        return skipped("neither ENABLE_QUEUE nor ENABLE_SCHEDULER is true", START_SCHEDULER)
    return failed("no scheduler leads: delayed and retried jobs stay, and nothing that recurs comes", START_SCHEDULER)


def _schedules(patient: Patient) -> Verdict:
    services = patient.services()
    if not patient.settings.enable_scheduler:
        return skipped("ENABLE_SCHEDULER is not true: recurring jobs do not come")
    entries, now = services.queue_platform.schedules.entries(), services.clock.now()
    missed = [entry.key for entry in entries if entry.enabled and entry.next_due and entry.next_due < now - MISSED]
    if missed:
        return failed(f"missed: {', '.join(missed)}", f"{START_SCHEDULER}; to make up for one: gacp schedule run {missed[0]}")
    if not entries:
        return warning("the book of recurring jobs is empty", START_SCHEDULER)
    off = [entry.key for entry in entries if not entry.enabled]
    if off:
        return warning(f"switched off: {', '.join(off)}", f"gacp schedule enable {off[0]}")
    noted = [f"{entry.key}: {entry.note}" for entry in entries if entry.note]
    if noted:
        return warning("; ".join(noted), "gacp schedule list --json; gacp jobs show the job that it names")
    return ok(f"{len(entries)} recurring jobs, none is late")


def _fresh(worker: WorkerSeen, patient: Patient) -> bool:
    """As health and alerts see it."""
    silent = timedelta(seconds=patient.settings.alert_worker_silent_s)
    return worker.last_heartbeat is not None and datetime.now(UTC) - worker.last_heartbeat <= silent


CHECKS = (
    Check("workers", SUBJECT, _queues, needs=("workers",)),
    Check("heartbeats", SUBJECT, _heartbeats, needs=("workers",)),
    Check("condition", SUBJECT, _condition, needs=("workers",)),
    Check("workers-here", SUBJECT, _here),
    Check("scheduler", SUBJECT, _scheduler, needs=("services",)),
    Check("schedules", SUBJECT, _schedules, needs=("services",)),
)
