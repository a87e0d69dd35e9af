"""Job options: Bull's names and units, checked; and the table of the queues."""

import pytest

from backend.errors import InvalidInput, NotFound
from backend.queues.backoff import Backoff, delay_after
from backend.queues.names import LABELS, QUEUES, require_queue
from backend.queues.options import JobOptions, Keep
from backend.queues.policies import policies
from backend.settings import load


@pytest.mark.parametrize(
    ("backoff", "waits"),
    [
        (Backoff(type="fixed", delay=1000), [1000, 1000, 1000, 1000, 1000]),
        (Backoff(type="exponential", delay=1000), [1000, 2000, 4000, 8000, 16000]),
        (Backoff(type="exponential-bull4", delay=1000), [1000, 3000, 7000, 15000, 31000]),
        (Backoff(type="exponential", delay=2000, cap=5000), [2000, 4000, 5000, 5000, 5000]),
        (Backoff(type="exponential", delay=0), [0, 0, 0, 0, 0]),
        (None, [0, 0, 0, 0, 0]),
    ],
)
def test_the_wait_follows_the_formula(backoff, waits):
    assert [delay_after(failures, backoff) for failures in range(1, 6)] == waits


def test_a_huge_number_of_failures_waits_a_day_at_most():
    assert delay_after(5000, Backoff(type="exponential", delay=2000)) == 24 * 3600 * 1000


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 1000), (0.5, 750), (1.0, 500)])
def test_jitter_takes_away_up_to_its_share(chance, wait):
    assert delay_after(1, Backoff(type="fixed", delay=1000, jitter=0.5), chance=lambda: chance) == wait


def test_halves_are_rounded_up_as_in_javascript():
    assert delay_after(1, Backoff(type="fixed", delay=5, jitter=0.5), chance=lambda: 1.0) == 3


def test_the_queues_have_the_contract_s_numbers():
    table = policies(load(GACP_ENV="test"))
    shown = {
        name: (d["attempts"], d["backoff"]["type"], d["backoff"]["delay"], d["timeout"], d["priority"], d["remove_on_complete"])
        for name, d in ((policy.name, policy.defaults) for policy in table.values())
    }
    assert shown == {
        "aiQc": (3, "exponential", 2000, 120_000, 5, True),
        "email": (5, "exponential", 2000, 60_000, 5, True),
        "calendar": (3, "fixed", 5000, 60_000, 5, True),
        "report": (2, "fixed", 10_000, 300_000, 5, True),
    }
    assert [policy.label for policy in table.values()] == ["AI QC", "Email", "Calendar", "Report"]
    assert all(policy.defaults["remove_on_fail"] is False for policy in table.values())


def test_attempts_per_queue_come_from_the_settings():
    settings = load(AI_QC_RETRY_ATTEMPTS="7", EMAIL_RETRY_ATTEMPTS="8", CALENDAR_RETRY_ATTEMPTS="9", REPORT_RETRY_ATTEMPTS="10")
    assert [policy.defaults["attempts"] for policy in policies(settings).values()] == [7, 8, 9, 10]


def test_later_layers_win_and_a_number_is_a_fixed_backoff():
    queue = {"attempts": 3, "priority": 5, "backoff": {"type": "exponential", "delay": 9}}
    options = JobOptions.merged(queue, {}, {"priority": 1, "backoff": 50})
    assert (options.attempts, options.priority) == (3, 1)
    assert options.backoff == Backoff(type="fixed", delay=50)


def test_bull_s_json_comes_back_as_it_went_in():
    bull = {
        "priority": 2,
        "delay": 100,
        "attempts": 4,
        "backoff": {"type": "fixed", "delay": 5, "cap": 6, "jitter": 0.5},
        "lifo": True,
        "timeout": 9,
        "jobId": "a-1_B",
        "removeOnComplete": {"age": 3600, "count": 10},
        "removeOnFail": 100,
        "stackTraceLimit": 3,
        "ttl": 60_000,
        "repeat": {"key": "nightly", "cron": "15 3 * * *", "tz": "Asia/Bangkok", "limit": 5},
    }
    options = JobOptions.from_bull(bull)
    assert (options.job_id, options.remove_on_complete, options.remove_on_fail) == ("a-1_B", Keep(age=3600, count=10), 100)
    assert options.to_bull() == bull
    assert JobOptions.from_bull(options.to_bull()) == options
    assert None not in JobOptions().to_bull().values()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"priority": -1}, "priority"),
        ({"priority": 2_097_152}, "priority"),
        ({"priority": "1"}, "priority"),
        ({"priority": True}, "priority"),
        ({"delay": -1}, "delay"),
        ({"delay": 1.5}, "delay"),
        ({"delay": 10**15}, "delay"),
        ({"timeout": 10**18}, "timeout"),
        ({"ttl": 10**18}, "ttl"),
        ({"stack_trace_limit": 2**31}, "stackTraceLimit"),
        ({"remove_on_complete": 2**64}, "removeOnComplete"),
        ({"remove_on_fail": {"age": 10**12}}, "removeOnFail"),
        ({"attempts": 0}, "attempts"),
        ({"timeout": "50"}, "timeout"),
        ({"lifo": "yes"}, "lifo"),
        ({"job_id": "a:b"}, "jobId"),
        ({"backoff": {"type": "2 fast", "delay": 1}}, "backoff.type"),
        ({"backoff": {"type": "fixed", "jitter": "0.5"}}, "backoff.jitter"),
        ({"backoff": {"type": "fixed", "delay": -1}}, "backoff.delay"),
        ({"backoff": "2s"}, "backoff"),
        ({"remove_on_complete": None}, "removeOnComplete"),
        ({"remove_on_complete": "1"}, "removeOnComplete"),
        ({"remove_on_complete": -2}, "removeOnComplete"),
        ({"remove_on_fail": {"age": "1"}}, "removeOnFail"),
        ({"stack_trace_limit": -1}, "stackTraceLimit"),
        ({"ttl": -1}, "ttl"),
        ({"ttl": "1h"}, "ttl"),
        ({"repeat": {"every": 5}}, "repeat.every"),
        ({"repeat": {"every": 5000, "startDate": 1}}, "repeat.startDate"),
        ({"repeat": {}}, "repeat"),
    ],
)
def test_what_bull_would_bend_silently_is_refused_by_name(options, field):
    with pytest.raises(InvalidInput) as caught:
        JobOptions.merged(options)
    assert [error.field for error in caught.value.errors] == [field]
    assert field in str(caught.value)


@pytest.mark.parametrize(
    ("read", "options", "cure"),
    [
        (JobOptions.from_bull, {"job_id": "x"}, "did you mean 'jobId'?"),
        (JobOptions.from_bull, {"zzz": 1}, "the options are priority, delay"),
        (JobOptions.from_bull, {"debounce": {"id": "x"}}, "give a jobId instead"),
        (JobOptions.from_bull, {"preventParsingData": True}, "as its payload model"),
        (JobOptions.merged, {"atempts": 3}, "did you mean 'attempts'?"),
    ],
)
def test_a_misspelt_option_is_refused_with_its_cure(read, options, cure):
    with pytest.raises(InvalidInput) as caught:
        read(options)
    assert cure in str(caught.value)
    assert caught.value.errors[0].field == next(iter(options))


def test_null_in_bull_s_json_means_not_given_and_its_timestamp_is_the_ledger_s():
    nothing = dict.fromkeys(("priority", "removeOnComplete", "removeOnFail", "backoff", "jobId", "repeat", "ttl"))
    assert JobOptions.from_bull({**nothing, "timestamp": 1_700_000_000_000, "attempts": 3}) == JobOptions(attempts=3)


@pytest.mark.parametrize(
    ("given", "kept"),
    [(True, True), (False, False), (0, 0), (3, 3), (-1, False), ({"count": -1}, Keep()), ({"age": 0}, Keep(age=0)), ({}, Keep())],
)
def test_what_is_kept_is_read_as_bull_reads_it(given, kept):
    options = JobOptions.from_bull({"removeOnComplete": given, "removeOnFail": given})
    assert (options.remove_on_complete, options.remove_on_fail) == (kept, kept)
    assert type(options.remove_on_complete) is type(kept)


def test_a_job_id_may_be_a_number_and_is_kept_as_text():
    assert JobOptions.from_bull({"jobId": 7}).job_id == "7"
    with pytest.raises(InvalidInput, match="jobId"):
        JobOptions.from_bull({"jobId": True})


@pytest.mark.parametrize("job_id", ["", "a:b", "ก", "a b", "x" * 129, "a/b", "a*", 'a"'])
def test_an_id_that_rq_or_an_address_refuses_is_never_accepted(job_id):
    with pytest.raises(InvalidInput, match="use 1 to 128 letters"):
        JobOptions.merged({"job_id": job_id})


def test_every_wrong_option_is_named_at_once():
    with pytest.raises(InvalidInput) as caught:
        JobOptions.merged({"priority": -1, "ttl": -1, "remove_on_fail": "no"})
    assert [error.field for error in caught.value.errors] == ["priority", "removeOnFail", "ttl"]


def test_a_queue_is_known_by_its_name_only():
    assert [require_queue(name) for name in QUEUES] == list(LABELS)
    with pytest.raises(NotFound, match="did you mean 'aiQc'"):
        require_queue("aiqc")
    with pytest.raises(NotFound, match="the queues are aiQc, email, calendar, report"):
        require_queue("zzzzzz")
