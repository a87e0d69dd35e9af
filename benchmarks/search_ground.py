"""A ledger with a million jobs to search: three weeks of a department, filled in quickly."""

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from backend.adapters.documents.job_documents import to_document
from backend.adapters.documents.ledger import COLLECTION, JOBS
from backend.adapters.sqlite import rows
from backend.adapters.sqlite.schema import table
from backend.adapters.sqlite.store import SqliteStore
from backend.queues.options import JobOptions
from backend.queues.records import Attempt, Job, JobState, TimelineEntry

LAST = datetime(2026, 11, 22, 5, tzinfo=UTC)
SPAN = timedelta(days=21)
RARE = "herb ledger page 4711 is torn"
AT_ONCE = 20_000
TYPES = {"run_ai_qc": "aiQc", "send_letter": "email", "sync_appointment": "calendar", "make_report": "report"}
SHARES = (30, 40, 15, 15)
OPTIONS = JobOptions(priority=5, attempts=3, backoff={"type": "exponential", "delay": 2000})
ERRORS = {
    "run_ai_qc": (
        ("ProviderTimeout", "Gemini did not answer within {n} s: the connection timed out"),
        ("QuotaExceeded", "429 RESOURCE_EXHAUSTED: quota exceeded for model, retry in {n} s"),
        ("ProviderTimeout", "หมดเวลาเชื่อมต่อกับผู้ให้บริการ (request {n})"),
    ),
    "send_letter": (
        ("MailRefused", "550 5.1.1 mailbox {n} unavailable"),
        ("MailDeferred", "421 4.7.0 try again later, host mx{n}.example.org"),
    ),
    "sync_appointment": (("CalendarBusy", "the calendar answers 503 backendError, attempt {n}"),),
    "make_report": (("RenderFailed", "typst: page {n}: unknown variable in the template"),),
}


def jobs(count: int) -> Iterator[Job]:
    """The same every time; a quarter has failed, one in two hundred thousand with a text of its own."""
    chance = random.Random(7)
    kinds = list(TYPES)
    for number in range(count):
        at = LAST - SPAN + SPAN * number / count
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        yield _job(chance, number, chance.choices(kinds, SHARES)[0], at, still_open=number >= count * 0.985)


def _job(chance: random.Random, number: int, kind: str, at: datetime, *, still_open: bool) -> Job:
    run = timedelta(milliseconds=int(chance.lognormvariate(7, 1.2)))
    is_rare = number % 200_000 == 777
    failed = chance.random() < 0.25 or is_rare
    name, text = chance.choice(ERRORS[kind])
    message = RARE if is_rare else text.format(n=chance.randrange(1, 100_000))
    state = JobState.FAILED if failed else JobState.COMPLETED
    if still_open:
        state, failed = chance.choice([JobState.WAITING, JobState.DELAYED, JobState.COMPLETED]), False
    ended = state in (JobState.FAILED, JobState.COMPLETED)
    attempt = Attempt(1, f"worker-{number % 5}", at, at + run, state.value, name if failed else "", message if failed else "")
    return Job(
        id=f"{chance.getrandbits(128):032x}",
        type=kind,
        queue=TYPES[kind],
        payload={"application_id": f"{number // 4:032x}"},
        options=OPTIONS,
        created_at=at,
        due_at=at,
        state=state,
        subject=f"{number // 4:032x}",
        requested_by=f"user-{chance.randrange(20_000)}",
        request_id=f"req_{chance.getrandbits(64):016x}",
        updated_at=at,
        attempts=(attempt,) if ended else (),
        timeline=(
            TimelineEntry(at, "accepted", "queue"),
            TimelineEntry(at, "started", "attempt 1 of 3 by worker-1"),
            TimelineEntry(at + run, state.value),
        ),
        error=message if failed else "",
        error_class=name if failed else "",
        finished_at=at + run if ended else None,
    )


def filled(folder: Path, count: int) -> SqliteStore:
    """The store with so many jobs; where the folder has some already they are used again, however many."""
    store = SqliteStore(folder / "documents.db")
    store.ensure(COLLECTION)
    if store.count(JOBS) == 0:
        _fill(store, count)
    return store


def _fill(store: SqliteStore, count: int) -> None:
    began, source = time.perf_counter(), jobs(count)
    for done in range(0, count, AT_ONCE):
        with store._connections.writing() as connection:
            fresh = (rows.row_of(to_document(job), 1) for job in islice(source, AT_ONCE))
            rows.insert_new(connection, table(JOBS), fresh)
        print(f"\r{done + AT_ONCE:>9,} jobs, {time.perf_counter() - began:,.0f} s", end="", file=sys.stderr, flush=True)
