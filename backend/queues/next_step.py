"""Says what will happen to a job by itself, and what somebody may do about it, out of what ledger and Redis say."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from backend.queues.checkup.looking import is_stale
from backend.queues.ports import Pause
from backend.queues.records import Job, JobState
from backend.queues.recovery import GRACE
from backend.queues.window import JobPlace


@dataclass(frozen=True)
class Surroundings:
    """What decides about a job beside its own record; `place` None where Redis does not tell, and `served` whether anybody runs jobs
    of its queue."""

    now: datetime
    redis: Literal["up", "away", "off", "unknown"]
    pause: Pause | None = None
    place: JobPlace | None = None
    served: bool = True


@dataclass(frozen=True)
class NextStep:
    """`code` is stable; `command` is what to type, or empty where there is nothing to do but wait."""

    code: str
    text: str
    thai: str
    command: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "text": self.text, "textTh": self.thai, "command": self.command}


def next_step(job: Job, around: Surroundings) -> NextStep:
    """The one that matters most."""
    if job.state is JobState.COMPLETED:
        return NextStep("done", "It has completed: there is nothing to do.", "งานเสร็จแล้ว ไม่ต้องทำอะไร")
    if job.state is JobState.FAILED:
        return _failed(job)
    if job.state is JobState.ACTIVE:
        return _active(job, around)
    if job.state is JobState.DELAYED:
        return _delayed(job, around)
    return _waiting(job, around)


def _failed(job: Job) -> NextStep:
    if job.on_dead == "pending":
        return NextStep("telling", "It has failed for good; who listens for that is told by itself.", "งานล้มเหลว ระบบกำลังแจ้งผู้เกี่ยวข้อง")
    kind = job.error_class or "an error"
    return NextStep(
        "failed",
        f"It gave up with {kind} after {job.failures} attempts. Mend the cause, look at the effects, and retry it.",
        f"งานล้มเหลวด้วย {kind} หลังลอง {job.failures} ครั้ง แก้สาเหตุ ดูผลที่จะเกิดซ้ำ แล้วสั่งลองใหม่",
        f"gacp jobs retry {job.id}",
    )


def _active(job: Job, around: Surroundings) -> NextStep:
    if job.lease is not None and job.lease.until <= around.now:
        return NextStep(
            "lost", "Its worker is silent: it is taken back by itself and runs again.", "ตัวทำงานเงียบไป ระบบจะนำงานกลับมาทำใหม่เอง"
        )
    if job.cancel_at is not None:
        return NextStep("cancelling", "It was asked to stop, and is ended by force after a while.", "สั่งหยุดแล้ว ระบบจะบังคับหยุดเองภายหลัง")
    if is_stale(job, around.now):
        return NextStep("stale", "It runs beyond its timeout: cancel it.", "งานทำเกินเวลาที่กำหนด ให้สั่งยกเลิก", f"gacp jobs cancel {job.id}")
    return NextStep("running", "It runs: wait for its end.", "งานกำลังทำ รอจนจบ")


def _delayed(job: Job, around: Surroundings) -> NextStep:
    if job.due_at + GRACE <= around.now:
        return NextStep(
            "overdue",
            "It is due, and nobody has moved it into line: see that a scheduler runs.",
            "ถึงเวลาแล้วแต่ยังไม่เข้าแถว ตรวจว่ามี scheduler ทำงานอยู่",
            "gacp scheduler",
        )
    return NextStep("delayed", "It waits for its time, or is let run now.", "รอเวลา หรือสั่งให้ทำทันที", f"gacp jobs promote {job.id}")


def _waiting(job: Job, around: Surroundings) -> NextStep:
    if around.pause is not None:
        why = around.pause.reason or "no reason given"
        return NextStep("paused", f"Its queue is paused ({why}).", f"คิวนี้พักอยู่ ({why})", f"gacp queue resume {job.queue}")
    if around.redis == "away":
        return NextStep("redisAway", "Redis is away: workers take it from the ledger.", "ติดต่อ Redis ไม่ได้ ตัวทำงานจะรับงานจากบัญชีงาน")
    if not around.served:
        return NextStep("noWorker", "No worker serves its queue: start one.", "ไม่มีตัวทำงานรับคิวนี้ ให้เริ่มตัวทำงาน", "gacp worker")
    if around.place is not None and around.place.place == "nowhere" and (job.updated_at or job.created_at) + GRACE <= around.now:
        return NextStep(
            "undelivered",
            "Redis does not have it: the scheduler hands it over by itself within seconds.",
            "งานไม่อยู่ใน Redis ระบบจะส่งให้เองภายในไม่กี่วินาที",
            "gacp queue reconcile",
        )
    ahead = around.place.ahead if around.place else None
    before = "" if ahead is None else f" {ahead} jobs are before it."
    return NextStep("inLine", f"It waits for its turn.{before}", "รอถึงคิว" + ("" if ahead is None else f" มี {ahead} งานอยู่ก่อน"))
