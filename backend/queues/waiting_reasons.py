"""Finds the reasons for which a job does not run yet."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from backend.clock import BANGKOK
from backend.queues.limits import QueueLimits, write_rate
from backend.queues.names import LABELS
from backend.queues.records import Job, JobState
from backend.queues.recovery import GRACE
from backend.queues.transitions import is_suspect
from backend.queues.waiting import Reason, Surroundings
from backend.queues.wording import number_of

RELAY_EVERY = timedelta(seconds=5)
"""How often the scheduler looks for what Redis does not have."""
EXPIRES_SOON = timedelta(minutes=5)
_START_SCHEDULER, _START_WORKER = "gacp scheduler", "gacp worker"


def reasons_of(job: Job, around: Surroundings) -> Iterator[Reason]:
    """The weightiest first: what nobody but a person ends, then what ends by itself."""
    yield from _outages(job, around)
    yield from _times(job, around)
    if job.state is JobState.WAITING:
        yield from _hindrances(job, around)
    if job.expires_at is not None and job.expires_at - around.now <= EXPIRES_SOON:
        yield Reason(
            "expiring",
            f"It fails at {clock(job.expires_at)} unless it has begun by then: its ttl is {job.options.ttl} ms.",
            f"ถ้าไม่เริ่มก่อน {clock(job.expires_at)} งานจะล้มเหลวเพราะหมดเวลารอ",
            "Put it before the others, or submit it again later.",
            until=job.expires_at,
        )


def _outages(job: Job, around: Surroundings) -> Iterator[Reason]:
    if around.pause is not None:
        yield _paused(job, around)
    if around.redis == "off":
        yield Reason(
            "noQueue",
            "Jobs do not go to a queue here (ENABLE_QUEUE is not true): the scheduler runs what is due.",
            "ระบบนี้ไม่ใช้คิว (ENABLE_QUEUE ไม่ใช่ true) scheduler จะทำงานที่ถึงเวลาเอง",
        )
    elif around.redis == "away":
        yield Reason(
            "redisAway",
            "Redis does not answer: workers go on from the ledger, and the scheduler brings every job back once it answers.",
            "ติดต่อ Redis ไม่ได้ ตัวทำงานรับงานจากบัญชีงานต่อไป และระบบจะส่งงานกลับเข้าคิวเองเมื่อ Redis กลับมา",
            "See that Redis runs.",
            "gacp doctor --only redis",
        )
    elif around.capacity == 0 and around.pause is None:
        yield Reason(
            "noWorker",
            f"No worker serves the queue {LABELS[job.queue]}.",
            f"ไม่มีตัวทำงานรับคิว {LABELS[job.queue]}",
            "Start a worker.",
            _START_WORKER,
        )
    if not around.leader and _needs_scheduler(job, around):
        yield Reason(
            "noScheduler",
            "No scheduler runs: nobody moves it into line.",
            "ไม่มี scheduler ทำงาน จึงไม่มีใครนำงานเข้าแถว",
            "Start the scheduler.",
            _START_SCHEDULER,
        )


def _paused(job: Job, around: Surroundings) -> Reason:
    pause = around.pause
    assert pause is not None
    until = f" until {clock(pause.until)}" if pause.until else ""
    ends = f" ถึง {clock(pause.until)}" if pause.until else ""
    why = f": {pause.reason}" if pause.reason else ""
    return Reason(
        "paused",
        f"The queue {LABELS[job.queue]} was paused by {around.called(pause.by, 'somebody')} at {clock(pause.at)}{until}{why}.",
        f"คิว {LABELS[job.queue]} ถูกพักโดย {around.called(pause.by, 'ผู้ดูแล')} เมื่อ {clock(pause.at)}{ends}{why}",
        "Resume it, once the reason is gone.",
        f"gacp queue resume {job.queue}",
        until=pause.until,
        by=pause.by,
    )


def _needs_scheduler(job: Job, around: Surroundings) -> bool:
    is_left_alone = job.state is JobState.DELAYED and not around.capacity  # a worker brings it into line, if a little late
    return is_left_alone or around.redis == "off" or around.place == "nowhere"


def _times(job: Job, around: Surroundings) -> Iterator[Reason]:
    if job.state is not JobState.DELAYED:
        return
    if job.due_at <= around.now:
        yield Reason("due", "It is due now and about to stand in line.", "ถึงเวลาแล้ว กำลังเข้าแถว", until=job.due_at + RELAY_EVERY)
        return
    at, promote = clock(job.due_at), f"gacp jobs promote {job.id}"
    last = job.attempts[-1] if job.attempts else None
    if last is not None and last.error:
        left = max(0, job.options.attempts - job.failures)
        yield Reason(
            "backingOff",
            f"Attempt {job.failures} failed with {last.error}; it is tried again at {at}, {number_of(left, 'more time')} at most.",
            f"ครั้งที่ {job.failures} ล้มเหลวด้วย {last.error} จะลองใหม่เวลา {at} ได้อีกไม่เกิน {left} ครั้ง",
            "Let it run now, once the cause is gone.",
            promote,
            until=job.due_at,
        )
        return
    yield Reason("delayed", f"It was asked to wait until {at}.", f"กำหนดให้รอถึง {at}", "Let it run now.", promote, until=job.due_at)


def _hindrances(job: Job, around: Surroundings) -> Iterator[Reason]:
    if around.redis == "up" and around.place == "nowhere":
        yield _nowhere(job, around)
    if around.place == "delayed" and is_suspect(job):
        yield Reason(
            "lostTwice",
            "It was lost with its worker twice: it runs in a process of its own, two of which a worker has at once, and waits for one.",
            "งานนี้หายไปพร้อมตัวทำงานสองครั้ง จึงต้องทำในโปรเซสของตัวเอง ซึ่งตัวทำงานหนึ่งมีได้ทีละสองโปรเซส กำลังรอที่ว่าง",
            "Wait, or start another worker.",
            _START_WORKER,
        )
    if around.place == "inFlight":
        yield Reason("beingTaken", "A worker has just taken it and is about to begin.", "ตัวทำงานเพิ่งรับงานไป กำลังจะเริ่ม")
        return
    limits = around.limits
    if limits is not None and around.held_until is not None and around.held_until > around.now:
        yield _rate_limited(job, limits, around.held_until)
    if limits is not None and limits.concurrency is not None and (around.running or 0) >= limits.concurrency:
        yield Reason(
            "concurrencyLimit",
            f"{_running(around)}, and its limit is {limits.concurrency}.",
            f"มีงานของคิวนี้กำลังทำ {around.running} งาน จำกัดไว้ที่ {limits.concurrency}",
            "Wait for one of them, or raise the limit.",
            f"gacp queue limits {job.queue} --concurrency {limits.concurrency + 1}",
            jobs=around.runs,
            count=around.running,
        )
    elif around.capacity and (around.running or 0) >= around.capacity:
        yield Reason(
            "workersBusy",
            f"The workers have no free place of {around.capacity}: {_running(around)}.",
            f"ตัวทำงานเต็มทั้ง {around.capacity} ที่ กำลังทำ {around.running} งาน",
            "Wait for one of them, or start another worker.",
            _START_WORKER,
            jobs=around.runs,
            count=around.running,
        )
    if around.ahead:
        yield Reason(
            "behindOthers",
            f"{number_of(around.ahead, 'job is', 'jobs are')} before it in line.",
            f"มี {around.ahead} งานอยู่ก่อนหน้าในแถว",
            count=around.ahead,
        )


def _running(around: Surroundings) -> str:
    return number_of(around.running or 0, "job of the queue runs", "jobs of the queue run")


def _nowhere(job: Job, around: Surroundings) -> Reason:
    since = job.updated_at or job.created_at
    if since + GRACE > around.now:
        return Reason("onItsWay", "It is on its way to Redis.", "กำลังส่งเข้า Redis", until=since + GRACE)
    return Reason(
        "notInRedis",
        f"Redis does not have it: the scheduler hands it over again within {RELAY_EVERY.total_seconds():.0f} seconds.",
        f"งานไม่อยู่ใน Redis ระบบจะส่งให้ใหม่ภายใน {RELAY_EVERY.total_seconds():.0f} วินาที",
        "Wait; if it stays so, compare ledger and Redis.",
        "gacp queue reconcile",
        until=around.now + RELAY_EVERY if around.leader else None,
    )


def _rate_limited(job: Job, limits: QueueLimits, until: datetime) -> Reason:
    rate = write_rate(limits)
    return Reason(
        "rateLimited",
        f"The rate of the queue is {rate}: the next job begins at {clock(until)}.",
        f"คิวนี้จำกัดอัตราที่ {rate} งานถัดไปเริ่มเวลา {clock(until)}",
        "Wait, or raise the rate.",
        f"gacp queue limits {job.queue}",
        until=until,
    )


def clock(at: datetime) -> str:
    """A moment as people in Thailand read it; the time alone would be another day's tomorrow."""
    return at.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M:%S")
