"""What every ledger promises of searches: jobs of any state, as they are now."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from backend.errors import InvalidInput
from backend.matching import EVERYTHING, Begins, Between, Equals, Every, Says, Without
from backend.queues import transitions
from backend.queues.ledger import change
from backend.queues.options import JobOptions
from backend.queues.records import Job, JobState, Lease
from tests.support.ledgers import LEDGERS, opened_ledger

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=LEDGERS)
def ledger(request, tmp_path):
    """Three jobs, accepted one second after another: one has failed, one has run, one waits."""
    with opened_ledger(request.param, tmp_path) as ledger:
        for place, queue in enumerate(("aiQc", "email", "email")):
            at = NOW + place * SECOND
            ledger.add(
                Job(
                    f"j{place}",
                    "run_errand",
                    queue,
                    {},
                    JobOptions(),
                    at,
                    at,
                    subject=f"app-{place}",
                    requested_by="u-1",
                    request_id=f"req_{place}",
                )
            )
        run(
            ledger, "j0", lambda job: transitions.fail(job, "t", TimeoutError("หมดเวลา: Gemini timed out"), NOW + 9 * SECOND, on_dead=False)
        )
        run(ledger, "j1", lambda job: transitions.complete(job, "t", {}, NOW + 3 * SECOND))
        yield ledger


def run(ledger, job_id, end):
    change(ledger, job_id, lambda job: transitions.claim(job, Lease("t", "w", NOW + 60 * SECOND), NOW + 2 * SECOND))
    change(ledger, job_id, end)


def ids(found):
    return [job.id for job in found.items]


SEARCHES = {
    "all": (EVERYTHING, "j2 j1 j0"),
    "a queue": (Equals("queue", ("email",)), "j2 j1"),
    "a queue and a state": (Every((Equals("queue", ("email",)), Equals("state", ("waiting",)))), "j2"),
    "a type": (Equals("type", ("run_errand",)), "j2 j1 j0"),
    "an application": (Equals("subject", ("app-1",)), "j1"),
    "a submitter": (Equals("requestedBy", ("u-1",)), "j2 j1 j0"),
    "the beginning of a request": (Begins("requestId", "req_2"), "j2"),
    "an error": (Says("error", "gemini TIMED"), "j0"),
    "a Thai error": (Says("error", "เวลา"), "j0"),
    "an error class": (Says("errorClass", "timeout"), "j0"),
    "without an error": (Without(Says("error", "timed")), "j2 j1"),
    "a time": (Between("createdAt", gte=NOW + SECOND, lt=NOW + 2 * SECOND), "j1"),
    "an end": (Between("finishedAt", gt=NOW + 3 * SECOND), "j0"),
    "how long it ran": (Between("runMs", gte=1_000), "j1 j0"),
    "how long it ran at most": (Between("runMs", lte=1_000), "j1"),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_jobs_are_found_by_what_is_known_of_them(name, ledger):
    wanted, expected = SEARCHES[name]

    found = ledger.search(wanted)

    assert ids(found) == expected.split()
    assert (found.next, found.at_least, found.at_most, found.known) == (None, len(found.items), len(found.items), 1)


def test_the_oldest_or_what_ran_longest_come_first_where_that_is_asked(ledger):
    assert ids(ledger.search(EVERYTHING, order="oldest")) == ["j0", "j1", "j2"]
    assert ids(ledger.search(EVERYTHING, order="longest")) == ["j0", "j1"]


@pytest.mark.parametrize("order", ["newest", "oldest", "longest"])
def test_pages_follow_one_another(ledger, order):
    whole = ids(ledger.search(EVERYTHING, order=order))
    cursor, seen = None, []
    for _ in whole:
        page = ledger.search(EVERYTHING, order=order, cursor=cursor, limit=1)
        seen += ids(page)
        cursor = page.next

    assert seen == whole
    assert cursor is None


def test_a_job_that_is_retried_and_succeeds_is_found_as_what_it_is_now(ledger):
    again = NOW + 20 * SECOND
    change(ledger, "j0", lambda job: replace(job, state=JobState.WAITING, due_at=again, finished_at=None, error="", error_class=""))

    assert ids(ledger.search(Equals("state", ("waiting",)))) == ["j2", "j0"]
    assert ids(ledger.search(Says("error", "timed"))) == []
    assert ids(ledger.search(Between("runMs", gte=0))) == ["j1"]


def test_a_job_that_is_removed_is_found_no_more(ledger):
    ledger.remove([ledger.get("j1")])

    assert ids(ledger.search(EVERYTHING)) == ["j2", "j0"]


def test_a_cursor_of_another_list_is_refused(ledger):
    cursor = ledger.search(EVERYTHING, limit=1).next

    with pytest.raises(InvalidInput, match="cursor"):
        ledger.search(EVERYTHING, order="longest", cursor=cursor)
