"""What the terms of a search mean for jobs, and which of them mean nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents.searching import holds
from backend.errors import InvalidInput
from backend.matching import Begins, Between, Either, Equals, Every, Says, Without
from backend.queues.search_language import read_terms
from backend.queues.search_meaning import TooMany, meaning
from backend.queues.search_times import read_length, read_stretch

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)  # noon in Bangkok
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = datetime(2026, 11, 1, 17, tzinfo=UTC)


class Village:
    """Two farmers and one application."""

    def subjects_numbered(self, text):
        return ["app-1"] if text in "GACP-2569-000123" or text == "app-1" else []

    def known_as(self, text):
        if text == "สม":
            raise TooMany("more than 200 accounts are called like 'สม': give more of it")
        return (["app-1"], ["u-1"]) if text in "สมชาย somchai@example.org" else ([], [])


def meant(query):
    parts = meaning(read_terms(query), NOW, Village()).parts
    return parts[0] if len(parts) == 1 else parts


MEANINGS = {
    "queue:aiqc": Equals("queue", ("aiQc",)),
    "-state:failed": Without(Equals("state", ("failed",))),
    "state:failed,delayed": Either((Equals("state", ("failed",)), Equals("state", ("delayed",)))),
    "type:send_letter": Equals("type", ("send_letter",)),
    "error:timeout": Either((Says("error", "timeout"), Says("errorClass", "timeout"))),
    "id:j-1": Equals("id", ("j-1",)),
    "id:3fa9*": Begins("id", "3fa9"),
    "request:req_1": Equals("requestId", ("req_1",)),
    "application:000123": Equals("subject", ("app-1", "000123")),
    "application:nothing": Equals("subject", ("nothing",)),
    "farmer:สมชาย": Either((Equals("subject", ("app-1",)), Equals("requestedBy", ("u-1", "สมชาย")))),
    "since:24h": Between("createdAt", gte=NOW - DAY),
    "since:2026-11-02": Between("createdAt", gte=TODAY),
    "since:2569-11-02": Between("createdAt", gte=TODAY),
    "since:today": Between("createdAt", gte=TODAY),
    "since:yesterday": Between("createdAt", gte=TODAY - DAY),
    "since:2026-11-02T10:00": Between("createdAt", gte=NOW - 2 * HOUR),
    "since:2026-11-02T03:00Z": Between("createdAt", gte=NOW - 2 * HOUR),
    "until:2026-11-02": Between("createdAt", lt=TODAY + DAY),
    "until:1h": Between("createdAt", lt=NOW - HOUR + timedelta(milliseconds=1)),
    "created:2026-11-02": Between("createdAt", gte=TODAY, lt=TODAY + DAY),
    "created:>2026-11-02": Between("createdAt", gte=TODAY + DAY),
    "created:>=2026-11-02": Between("createdAt", gte=TODAY),
    "created:<2026-11-02": Between("createdAt", lt=TODAY),
    "created:<=2026-11-02": Between("createdAt", lt=TODAY + DAY),
    "finished:2026-11-01..2026-11-02": Between("finishedAt", gte=TODAY - DAY, lt=TODAY + DAY),
    "finished:2026-11-01..": Between("finishedAt", gte=TODAY - DAY),
    "finished:>2026-11-02T10:00": Between("finishedAt", gte=NOW - 2 * HOUR + timedelta(minutes=1)),
    "finished:24h..1h": Between("finishedAt", gte=NOW - DAY, lte=NOW - HOUR),
    "duration:>30s": Between("runMs", gt=30_000),
    "duration:<=1.5m": Between("runMs", lte=90_000),
    "duration:250ms..2s": Between("runMs", gte=250, lte=2_000),
    "duration:..2s": Between("runMs", lte=2_000),
}

REFUSED = {
    "queue:aiqcc": (1, "there is no queue 'aiqcc': did you mean `aiQc`?"),
    "queue:aiQc state:broken": (12, "there are waiting, active"),
    "error:a": (1, "'a' is too short: give at least 2 characters"),
    "x": (1, "too short"),
    "id:3f*": (1, "at least 4 characters before `*`"),
    "since:yesteryear": (1, "write 2026-11-02, 2026-11-02T13:00 (both in Bangkok), today, or 24h"),
    "since:2026-02-30": (1, "no day or hour of the calendar"),
    "duration:30": (1, "write 250ms, 30s, 15m, 24h, 7d or 2w"),
    "duration:>": (1, "`>` needs a value right behind it"),
    "duration:..": (1, "needs a value before it"),
    "since:9999999d": (1, "too long"),
    "farmer:สม": (1, "more than 200 accounts"),
}


@pytest.mark.parametrize("query", MEANINGS)
def test_a_term_means_a_condition_on_jobs(query):
    assert meant(query) == MEANINGS[query]


@pytest.mark.parametrize("query", REFUSED)
def test_a_value_that_says_nothing_is_refused_with_its_place_and_the_cure(query):
    place, cure = REFUSED[query]

    with pytest.raises(InvalidInput) as refusal:
        meant(query)

    [error] = refusal.value.errors
    assert (error.field, error.code) == ("q", "BAD_SEARCH")
    assert error.message.startswith(f"character {place}: ")
    assert cure in error.message


def test_all_terms_hold_and_none_of_them_means_everything():
    assert meant("queue:email state:failed") == (Equals("queue", ("email",)), Equals("state", ("failed",)))
    assert meaning((), NOW, Village()) == Every(())


A_JOB = {
    "id": "3fa94c10aa",
    "queue": "aiQc",
    "type": "run_ai_qc",
    "state": "failed",
    "error": "Gemini did not answer: หมดเวลาเชื่อมต่อ",
    "errorClass": "ProviderTimeout",
    "subject": "app-1",
    "requestedBy": "u-2",
    "requestId": "req_77aa",
}


@pytest.mark.parametrize("word", ["gemini", "TIMEOUT", "เชื่อมต่อ", "aiQc", "run_ai_qc", "failed", "3fa9", "req_77", "2569-000123", "สมชาย"])
def test_a_bare_word_is_found_wherever_a_job_says_it(word):
    assert holds(A_JOB, meant(word))


@pytest.mark.parametrize("word", ["email", "3fb9", "000124", "malee", "GACP"])
def test_a_bare_word_that_a_job_does_not_say_does_not_find_it(word):
    assert not holds(A_JOB, meant(word))


def test_a_length_has_a_unit_and_a_day_is_one_of_bangkok():
    assert read_length("2w") == 14 * DAY
    assert read_stretch("2026-11-02", NOW) == (TODAY, TODAY + DAY)
