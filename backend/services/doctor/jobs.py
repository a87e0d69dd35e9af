"""Test jobs: of every type and every queue, through a worker and in the caller; and many at once. None does anything outside.

Each goes the way of every job (ledger, Redis, worker, ledger) as a probe of the queue of its type. Where the probe runs, it goes
through all of the type but its handler: payload, signatures, the plan of its effects (`backend.queues.rehearsal`).
"""

from collections.abc import Callable, Sequence
from itertools import chain

from backend.queues.names import QUEUES
from backend.queues.probes import is_probe
from backend.queues.records import Job, JobState
from backend.queues.registry import Registry
from backend.queues.wording import number_of
from backend.services.doctor.checks import Check, Need, Verdict, failed, ok, skipped, warning
from backend.services.doctor.patient import Patient
from backend.services.doctor.probing import NotTaken

SUBJECT = "jobs"
HOLD_MS = 250
QUEUED: tuple[Need, ...] = ("redis", "services")
NO_WORKER = "gacp worker status; start one: gacp worker"


def checks(registry: Registry) -> tuple[Check, ...]:
    """One check per job type and mode, one per queue for the queue itself, and one of many at once."""
    kinds = [kind for kind in registry if not is_probe(kind.name)]
    queued = [Check(f"{kind.name}:queued", SUBJECT, _queued(kind.queue, kind.name), QUEUED, slow=True) for kind in kinds]
    inline = [Check(f"{kind.name}:inline", SUBJECT, _inline(kind.queue, kind.name), ("services",), slow=True) for kind in kinds]
    by_type = chain.from_iterable(zip(queued, inline, strict=True))
    idle = [queue for queue in QUEUES if queue not in {kind.queue for kind in kinds}]
    bare = [Check(f"{queue}:queued", SUBJECT, _queued(queue, ""), QUEUED, slow=True) for queue in idle]
    return (*by_type, *bare, Check("concurrency", SUBJECT, _concurrency, QUEUED, slow=True))


def no_queue(patient: Patient, queue: str) -> Verdict | None:
    """Why no probe can be sent through that queue now; None where one can."""
    if not patient.settings.enable_queue:
        return skipped("ENABLE_QUEUE is not true: every job runs in its caller", "ENABLE_QUEUE=true, or `make run`")
    if queue in patient.stalled:
        return skipped(f"{queue} took no probe before this one: {patient.stalled[queue]}", NO_WORKER)
    pause = patient.prober.pause_of(queue)
    return skipped(f"{pause}: a probe would wait", f"gacp queue resume {queue}") if pause else None


def not_taken(patient: Patient, queue: str, error: NotTaken, cure: str = NO_WORKER) -> Verdict:
    """The verdict on a probe that did not end in time."""
    patient.stalled[queue] = str(error)
    return failed(f"{queue}: {error}", cure)


def _queued(queue: str, job_type: str) -> Callable[[Patient], Verdict]:
    def look(patient: Patient) -> Verdict:
        why_not = no_queue(patient, queue)
        if why_not:
            return why_not
        sent = patient.prober.submit(queue, {"act": "rehearse", "job_type": job_type} if job_type else {})
        if sent.mode != "queue":
            return failed(f"it ran in the caller: {sent.reason}", "see the check `redis`")
        try:
            return _told(patient.prober.ended(sent.job_id))
        except NotTaken as error:
            return not_taken(patient, queue, error)

    return look


def _inline(queue: str, job_type: str) -> Callable[[Patient], Verdict]:
    def look(patient: Patient) -> Verdict:
        sent = patient.prober.submit(queue, {"act": "rehearse", "job_type": job_type}, inline=True)
        if sent.queued:
            return failed(f"it did not run in the caller: {sent.reason}", "INLINE_JOBS is used up in this process")
        return _told(patient.prober.get(sent.job_id))

    return look


def _told(job: Job) -> Verdict:
    """What became of the probe; where, how long it waited and ran."""
    if job.state is not JobState.COMPLETED or job.result is None:
        return failed(f"{job.error_class}: {job.error}", "correct the job type; where only workers refuse it they run another version")
    run = job.attempts[-1]
    waited, ran = run.started_at - job.due_at, (run.ended_at or run.started_at) - run.started_at
    where = "in the caller" if job.mode == "inline" else f"by {run.worker}"
    effects = f", effects: {job.result['effects']}" if "effects" in job.result else ""
    return ok(f"{job.queue} {where}: waited {_ms(waited.total_seconds())}, ran {_ms(ran.total_seconds())}{effects}")


def _ms(seconds: float) -> str:
    return f"{max(0.0, seconds) * 1000:.0f} ms"


def _concurrency(patient: Patient) -> Verdict:
    """Many probes in one queue at once: all done, none twice, and how many at a time."""
    queue = next((each for each in ("email", *QUEUES) if not no_queue(patient, each)), None)
    if queue is None:
        return no_queue(patient, QUEUES[0]) or skipped("every queue is paused", "gacp queue resume")
    sent = [patient.prober.submit(queue, {"hold_ms": HOLD_MS}) for _ in range(patient.probes)]
    if any(each.mode != "queue" for each in sent):
        return failed(f"some ran in the caller: {sent[-1].reason}", "see the check `redis`")
    try:
        jobs = [patient.prober.ended(each.job_id) for each in sent]
    except NotTaken as error:
        return not_taken(patient, queue, NotTaken(f"of {len(sent)} not all ended: {error}"))
    wrong = [job.id for job in jobs if job.state is not JobState.COMPLETED]
    twice = [job.id for job in jobs if len(job.attempts) != 1]
    if wrong or twice:
        return failed(
            f"of {len(jobs)} probes {len(wrong)} failed and {len(twice)} ran more than once", f"gacp jobs show {(wrong or twice)[0]}"
        )
    return _judged(patient, queue, jobs)


def _judged(patient: Patient, queue: str, jobs: Sequence[Job]) -> Verdict:
    most, workers = most_at_once(jobs), {job.attempts[0].worker for job in jobs}
    began, ended = min(job.created_at for job in jobs), max(job.finished_at or job.created_at for job in jobs)
    seen = (
        f"{len(jobs)} probes in {queue}: all done, none twice, {most} at once at most, "
        f"by {number_of(len(workers), 'worker')} in {_ms((ended - began).total_seconds())}"
    )
    limit = patient.services().queue_control.limits().get(queue)
    if most == 1 and len(jobs) > 1 and not (limit and limit.any):
        return warning(
            f"{seen}: one after the other", "WORKER_CONCURRENCY, or the other places of the workers are taken: gacp worker status"
        )
    return ok(seen + (f"; {queue} has limits: gacp queue limits" if limit and limit.any else ""))


def most_at_once(jobs: Sequence[Job]) -> int:
    """How many of the runs overlapped."""
    runs = [(job.attempts[0].started_at, job.attempts[0].ended_at or job.attempts[0].started_at) for job in jobs]
    return max((sum(begun <= start < over for begun, over in runs) for start, _ in runs), default=0)
