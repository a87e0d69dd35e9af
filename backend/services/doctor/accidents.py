"""Error scenarios: each is brought about with a probe, and has to be told as it should; nothing of it stays."""

from collections.abc import Callable, Mapping
from typing import Any

from backend.errors import GacpError, InvalidInput, NotFound
from backend.queues.errors import UnknownJobType
from backend.queues.names import EMAIL
from backend.queues.records import Job, JobState
from backend.queues.wording import number_of
from backend.services.doctor.checks import Check, Verdict, failed, ok
from backend.services.doctor.jobs import NO_WORKER, QUEUED, no_queue, not_taken
from backend.services.doctor.patient import Patient
from backend.services.doctor.probing import NotTaken
from backend.services.doctor.workers import START_SCHEDULER

SUBJECT = "accidents"
TIMEOUT_MS, HELD_MS = 300, 3_000
HOUR_MS = 3_600_000
WRONG = "the platform does not do what its documents say: report it"


def _dies(patient: Patient) -> Verdict:
    """It fails, is tried again after its backoff, fails again, and is a dead letter."""
    job = _ended(
        patient,
        {"act": "fail"},
        inline=not (patient.settings.enable_queue and patient.has_redis),
        attempts=2,
        backoff={"type": "fixed", "delay": 100},
    )
    if isinstance(job, Verdict):
        return job
    events = [entry.event for entry in job.timeline]
    right = job.state is JobState.FAILED and job.failures == 2 and "retried" in events and job.error_class == "TemporaryFailure"
    if not right:
        return failed(f"{job.state.value} after {number_of(job.failures, 'failure')} ({job.error_class}), not failed after 2", WRONG)
    return ok(f"tried twice, failed for good: {job.error}")


def _times_out(patient: Patient) -> Verdict:
    job = _ended(patient, {"hold_ms": HELD_MS}, timeout=TIMEOUT_MS)
    if isinstance(job, Verdict):
        return job
    outcome = job.attempts[-1].outcome if job.attempts else "never begun"
    if job.state is not JobState.FAILED or outcome != "timedOut":
        return failed(f"{job.state.value} ({outcome}), not ended by its time-out of {TIMEOUT_MS} ms", WRONG)
    return ok(f"ended by its time-out: {job.error}")


def _ended(patient: Patient, payload: Mapping[str, Any], *, inline: bool = False, **options: Any) -> Job | Verdict:
    """The probe once it has ended, or why it did not."""
    why_not = None if inline else no_queue(patient, EMAIL)
    if why_not:
        return why_not
    sent = patient.prober.submit(EMAIL, payload, inline=inline, **options)
    if sent.mode != "queue" and not inline:
        return failed(f"it ran in the caller: {sent.reason}", "see the check `redis`")
    try:
        return patient.prober.ended(sent.job_id)
    except NotTaken as error:
        return not_taken(patient, EMAIL, error, f"{NO_WORKER}; a retry needs a scheduler: {START_SCHEDULER}")


def _cancelled(patient: Patient) -> Verdict:
    """A job that has not begun is cancelled, and fails as that."""
    why_not = no_queue(patient, EMAIL)
    if why_not:
        return why_not
    sent = patient.prober.submit(EMAIL, {}, delay=HOUR_MS)
    if sent.mode != "queue":
        return failed(f"it ran in the caller: {sent.reason}", "see the check `redis`")
    job = patient.services().job_control.cancel(sent.job_id, by="doctor")
    if job.state is not JobState.FAILED or job.error_class != "JobCancelled":
        return failed(f"{job.state.value} ({job.error_class or 'no error'}), not failed as cancelled", WRONG)
    return ok(f"a delayed probe failed at once: {job.error}")


def _duplicate(patient: Patient) -> Verdict:
    """One id is accepted once: the second answer is the first job's."""
    job_id = patient.prober.new_id()
    first, second = (patient.prober.submit(EMAIL, {}, inline=True, job_id=job_id) for _ in range(2))
    runs = len(patient.prober.get(job_id).attempts)
    if first.duplicate or not second.duplicate or second.job_id != job_id or runs != 1:
        return failed(f"the second submission of {job_id} was {'a duplicate' if second.duplicate else 'accepted'}, {runs} runs", WRONG)
    return ok("the same jobId twice is one job, and the second caller is told so")


def _refused(expected: type[GacpError], act: Callable[[Patient], object], *words: str) -> Callable[[Patient], Verdict]:
    def look(patient: Patient) -> Verdict:
        try:
            act(patient)
        except expected as error:
            missing = [word for word in words if word not in str(error)]
            return failed(f"the refusal does not say {missing}: {error}", WRONG) if missing else ok(f"{expected.__name__}: {error}")
        return failed("it was accepted", WRONG)

    return look


def _unknown_id(patient: Patient) -> object:
    return patient.services().queues.get(f"{patient.run_id}-nothing")


def _unknown_type(patient: Patient) -> object:
    return patient.services().queues.submit("probe_emial", {}, job_id=patient.prober.new_id())


def _bad_payload(patient: Patient) -> object:
    return patient.prober.submit(EMAIL, {"acct": "answer"})


def _bad_option(patient: Patient) -> object:
    return patient.prober.submit(EMAIL, {}, atempts=2)


def _unknown_queue(patient: Patient) -> object:
    return patient.services().queues.list(queue="emial")


CHECKS = (
    Check("fails-and-dies", SUBJECT, _dies, ("services",), slow=True),
    Check("time-out", SUBJECT, _times_out, QUEUED, slow=True),
    Check("cancelled", SUBJECT, _cancelled, QUEUED, slow=True),
    Check("duplicate-id", SUBJECT, _duplicate, ("services",), slow=True),
    Check("unknown-id", SUBJECT, _refused(NotFound, _unknown_id, "no job"), ("services",), slow=True),
    Check("unknown-type", SUBJECT, _refused(UnknownJobType, _unknown_type, "did you mean 'probe_email'?"), ("services",), slow=True),
    Check("unknown-queue", SUBJECT, _refused(NotFound, _unknown_queue, "did you mean 'email'?"), ("services",), slow=True),
    Check("bad-payload", SUBJECT, _refused(InvalidInput, _bad_payload, "payload.acct", "did you mean 'act'?"), ("services",), slow=True),
    Check("bad-option", SUBJECT, _refused(InvalidInput, _bad_option, "atempts", "did you mean 'attempts'?"), ("services",), slow=True),
)
