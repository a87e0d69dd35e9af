"""Says when a job may start, out of how its queue went lately; where nobody can tell, it says that."""

from datetime import datetime, timedelta

from backend.queues.records import Job
from backend.queues.recovery import GRACE
from backend.queues.waiting import Estimate, Surroundings
from backend.queues.waiting_reasons import RELAY_EVERY

_LONGEST = timedelta(days=30)


def estimate_of(job: Job, around: Surroundings) -> Estimate:
    """By the rules that hold it, and by the line before it: what runs and what is ahead, at the average of a run, in all places."""
    unknown = _unknown(job, around)
    if unknown is not None:
        return unknown
    earliest = _earliest(job, around)
    ahead, running, capacity = around.ahead or 0, around.running or 0, around.capacity
    if capacity is None or around.redis != "up":
        return Estimate(earliest, "as soon as it is due: nothing is known of a line before it", "ทันทีที่ถึงเวลา ไม่มีข้อมูลแถวก่อนหน้า")
    places = capacity if around.limits is None or around.limits.concurrency is None else min(capacity, around.limits.concurrency)
    before = ahead + max(0, running - places) + 1 - max(0, places - running)
    if before <= 0:
        return Estimate(earliest + _rate_wait(around), "a place is free", "มีที่ว่าง")
    pace = around.pace
    if pace is None or pace.average_run_ms is None:
        return Estimate(None, "unknown: no job of the queue has ended lately", "ไม่ทราบ: ช่วงนี้ยังไม่มีงานในคิวนี้เสร็จ")
    wait = min(timedelta(milliseconds=pace.average_run_ms) * before / places, _LONGEST)
    minutes = pace.span.total_seconds() / 60
    took = pace.average_run_ms / 1000
    return Estimate(
        earliest + max(wait, _rate_wait(around)),
        f"{before} runs before it in {places} places at {took:.1f} s each, the average of the last {minutes:.0f} minutes",
        f"มี {before} รอบก่อนหน้า ทำพร้อมกัน {places} ที่ รอบละ {took:.1f} วินาที (เฉลี่ย {minutes:.0f} นาทีล่าสุด)",
    )


def _unknown(job: Job, around: Surroundings) -> Estimate | None:
    """What only a person ends."""
    if around.pause is not None and around.pause.until is None:
        return Estimate(None, "unknown: nobody has said when the pause ends", "ไม่ทราบ: ยังไม่กำหนดเวลาสิ้นสุดการพัก")
    if around.redis == "up" and around.capacity == 0:
        return Estimate(None, "unknown: no worker serves the queue", "ไม่ทราบ: ไม่มีตัวทำงานรับคิวนี้")
    if not around.leader and (around.redis == "off" or around.place == "nowhere"):
        return Estimate(None, "unknown: no scheduler runs", "ไม่ทราบ: ไม่มี scheduler ทำงาน")
    if around.redis == "unknown":
        return Estimate(None, "unknown: Redis has not told in time", "ไม่ทราบ: Redis ยังไม่ตอบ")
    del job
    return None


def _earliest(job: Job, around: Surroundings) -> datetime:
    moments = [around.now, job.due_at]
    moments += [around.pause.until] if around.pause and around.pause.until else []
    moments += [around.held_until] if around.held_until else []
    if around.redis == "up" and around.place == "nowhere":
        moments.append(max((job.updated_at or job.created_at) + GRACE, around.now) + RELAY_EVERY)
    return max(moments)


def _rate_wait(around: Surroundings) -> timedelta:
    limits = around.limits
    if limits is None or not limits.rate_max:
        return timedelta(0)
    return timedelta(milliseconds=limits.rate_duration_ms) * ((around.ahead or 0) // limits.rate_max)
