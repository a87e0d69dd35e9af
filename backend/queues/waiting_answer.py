"""Answers why one job waits, or what it does instead."""

from backend.queues.records import Job, JobState
from backend.queues.waiting import Reason, Surroundings, Why
from backend.queues.waiting_estimate import estimate_of
from backend.queues.waiting_reasons import clock, reasons_of
from backend.queues.wording import number_of

_SAID_TO_OWNERS = {
    "paused": ("Work of this kind is paused for now.", "งานประเภทนี้หยุดพักชั่วคราว"),
    "noWorker": ("Nobody works on this kind of work right now; the office has been shown this.", "ขณะนี้ยังไม่มีระบบรับงานประเภทนี้ เจ้าหน้าที่เห็นแล้ว"),
    "redisAway": ("Part of the system is away; the work goes on more slowly.", "ระบบบางส่วนขัดข้อง งานยังดำเนินต่อแต่ช้าลง"),
    "backingOff": ("It did not succeed, and is tried again.", "ยังไม่สำเร็จ ระบบจะลองใหม่"),
    "delayed": ("It waits for its time.", "รอถึงเวลาที่กำหนด"),
    "behindOthers": ("Others are before it.", "มีงานอื่นอยู่ก่อนหน้า"),
}
_TURN = ("It waits for its turn.", "รอถึงคิว")


def why(job: Job, around: Surroundings) -> Why:
    """The answer for a job in any state."""
    if job.state is JobState.ACTIVE:
        reason = _active(job, around)
        return Why(job, around.now, [reason], None, "It runs now.", "กำลังทำอยู่")
    if job.finished:
        reason = _ended(job)
        done = job.state is JobState.COMPLETED
        return Why(job, around.now, [reason], None, "It is done." if done else "It has failed.", "เสร็จแล้ว" if done else "ไม่สำเร็จ")
    reasons = list(reasons_of(job, around)) or [
        Reason("next", "Nothing holds it: it is next.", "ไม่มีอะไรขวาง เป็นงานถัดไป", "Look again in a moment.", f"gacp jobs why {job.id}")
    ]
    said, thai = next((_SAID_TO_OWNERS[each.code] for each in reasons if each.code in _SAID_TO_OWNERS), _TURN)
    return Why(job, around.now, reasons, estimate_of(job, around), said, thai)


def _active(job: Job, around: Surroundings) -> Reason:
    lease = job.lease
    began = job.processed_at or job.created_at
    if lease is not None and lease.until <= around.now:
        return Reason(
            "leaseLost",
            f"Its worker {lease.worker} has been silent since {clock(lease.until)}: it is taken back within seconds, and runs again.",
            f"ตัวทำงาน {lease.worker} เงียบไปตั้งแต่ {clock(lease.until)} ระบบจะนำงานกลับมาทำใหม่ภายในไม่กี่วินาที",
            "" if around.leader else "Start the scheduler or a worker: somebody has to take it back.",
            "" if around.leader else "gacp scheduler",
        )
    worker = lease.worker if lease else "somebody"
    if job.cancel_at is not None:
        said, thai = around.called(job.cancel_by, "Somebody"), around.called(job.cancel_by, "ผู้ดูแล")
        return Reason("cancelling", f"{said} has asked it to stop.", f"{thai} สั่งหยุดแล้ว รอให้หยุด", by=job.cancel_by)
    return Reason(
        "running",
        f"It has been running since {clock(began)}, attempt {job.failures + 1} of {job.options.attempts}, by {worker}.",
        f"กำลังทำตั้งแต่ {clock(began)} ครั้งที่ {job.failures + 1} จาก {job.options.attempts} โดย {worker}",
    )


def _ended(job: Job) -> Reason:
    at = clock(job.finished_at) if job.finished_at else "?"
    if job.state is JobState.COMPLETED:
        return Reason("completed", f"It does not wait: it completed at {at}.", f"ไม่ได้รอ งานเสร็จเมื่อ {at}")
    return Reason(
        "failed",
        f"It does not wait: it failed for good at {at} with {job.error_class or 'an error'} after {number_of(job.failures, 'attempt')}.",
        f"ไม่ได้รอ งานล้มเหลวเมื่อ {at} ด้วย {job.error_class or 'ข้อผิดพลาด'} หลังลอง {job.failures} ครั้ง",
        "Mend the cause and retry it.",
        f"gacp jobs retry {job.id}",
    )
