"""How single jobs look on the console: a line, a short form, and the whole story for people."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from backend.cli.asking import say
from backend.clock import to_iso
from backend.queues.records import Job, JobState
from backend.services.job_debug import JobExamination

LOG_LINES = 10


def brief(job: Job) -> dict[str, Any]:
    """What a list needs of a job."""
    full = job.to_json()
    return {name: full[name] for name in ("id", "name", "queueName", "state", "subject", "attemptsMade", "failedReason", "timestamp")}


def line(job: Job) -> str:
    """One job in one line."""
    at = f"{job.created_at:%Y-%m-%dT%H:%M:%SZ}"
    return f"{job.id}  {job.state.value:<9}  {job.queue:<8}  {job.type:<16}  {at}  {job.subject or '-'}  {job.error}".rstrip()


def say_jobs(jobs: Sequence[Job], *, as_json: bool) -> None:
    """Print them, as they are now."""
    say([brief(job) for job in jobs], [line(job) for job in jobs], as_json=as_json)


def story(job: Job, *, state: str, redis: str, effects: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Everything about one job, in the order in which somebody asks who wants to know what became of it."""
    lines = [
        f"{job.type} {job.id}: {state}",
        f"  queue     {job.queue}, {job.mode}: {job.reason}",
        f"  about     {job.subject or '-'}, asked for by {job.requested_by or '-'}, request {job.request_id or '-'}{_traced(job)}",
        f"  accepted  {to_iso(job.created_at)}, due {to_iso(job.due_at)}, ended {to_iso(job.finished_at) if job.finished_at else '-'}",
        f"  payload   {json.dumps(dict(job.payload), ensure_ascii=False)}",
        f"  progress  {json.dumps(job.progress, ensure_ascii=False)}, Redis shows: {redis}",
    ]
    lines += [f"  error     {job.error_class}: {job.error}"] if job.error else []
    lines += [f"  result    {json.dumps(dict(job.result), ensure_ascii=False)}"] if job.result is not None else []
    lines += ["attempts", *_attempts(job)] if job.attempts else []
    lines += ["timeline", *(f"  {to_iso(entry.at)}  {entry.event}  {entry.detail}".rstrip() for entry in job.timeline)]
    lines += [f"log, the last of {len(job.log)} lines", *(f"  {each}" for each in job.log[-LOG_LINES:])] if job.log else []
    lines += ["another run", *(f"  {effect_line(each)}" for each in effects)] if effects else []
    return [*lines, *next_steps(job)]


def _traced(job: Job) -> str:
    return f", trace {job.traceparent[3:35]}" if job.traceparent else ""


def debug_story(found: JobExamination) -> list[str]:
    """Where a job is, what is around it, and what to do, as few lines as will do."""
    job, shown = found.job, found.to_json()
    lease, place, paused = shown["lease"], shown["redis"], shown["queue"]["paused"]
    lines = [
        f"{job.type} {job.id}: {job.state.value}, {len(job.attempts)} attempts, {job.failures} failed",
        f"  due       {shown['dueAt']}, request {job.request_id or '-'}",
        f"  Redis     {place['state']}: {place['place'] or 'not told'}" + (f", {place['ahead']} before it" if place.get("ahead") else ""),
        f"  queue     {job.queue}: {found.queue.verdict.status}"
        + (f", paused by {paused['by'] or '-'}: {paused['reason']}" if paused else ""),
    ]
    lines += [f"  held by   {lease['worker']} until {lease['until']}" + ("" if lease["valid"] else ", which is over")] if lease else []
    lines += [f"  error     {job.error_class}: {shown['job']['failedReason']}"] if job.error else []
    lines += ["another run", *(f"  {effect_line(each)}" for each in shown["effects"])] if shown["effects"] else []
    step = found.next
    return [*lines, f"=> {step.text}", *([f"   {step.cure} {step.command}".rstrip()] if step.cure else [])]


def effect_line(effect: Mapping[str, Any]) -> str:
    """What another run would do about one effect."""
    return f"{effect['kind']}: {'would happen' if effect['wouldHappen'] else 'done at ' + str(effect['doneAt']) + ', not again'}"


def next_steps(job: Job) -> list[str]:
    """What may be done about a job in its state."""
    steps = {
        JobState.FAILED: f"gacp jobs retry {job.id}",
        JobState.DELAYED: f"gacp jobs promote {job.id}",
        JobState.WAITING: f"gacp jobs cancel {job.id}",
        JobState.ACTIVE: f"gacp jobs wait {job.id}; gacp jobs cancel {job.id}",
    }
    return [f"next: {steps[job.state]}"] if job.state in steps else []


def _attempts(job: Job) -> Iterator[str]:
    for attempt in job.attempts:
        took = _took(attempt.started_at, attempt.ended_at)
        error = f"  {attempt.error}: {attempt.message}" if attempt.error else ""
        yield f"  {attempt.number}  {attempt.outcome:<9}  {to_iso(attempt.started_at)}  {took:>9}  by {attempt.worker}{error}"


def _took(began: datetime, ended: datetime | None) -> str:
    return "runs" if ended is None else f"{(ended - began).total_seconds() * 1000:.0f} ms"
