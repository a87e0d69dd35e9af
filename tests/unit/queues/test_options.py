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
        ({"attempts": 0}, "attempts"),
        ({"timeout": "50"}, "timeout"),
        ({"lifo": "yes"}, "lifo"),
        ({"job_id": "a:b"}, "jobId"),
        ({"backoff": {"type": "linear", "delay": 1}}, "backoff.type"),
        ({"backoff": {"type": "fixed", "delay": -1}}, "backoff.delay"),
        ({"backoff": "2s"}, "backoff"),
        ({"remove_on_complete": None}, "removeOnComplete"),
    ],
)
def test_what_bull_would_bend_silently_is_refused_by_name(options, field):
    with pytest.raises(InvalidInput) as caught:
        JobOptions.merged(options)
    assert caught.value.errors[0].field == field


@pytest.mark.parametrize(
    ("read", "options", "cure"),
    [
        (JobOptions.from_bull, {"job_id": "x"}, "did you mean 'jobId'?"),
        (JobOptions.from_bull, {"repeat": {"every": 5}}, "the options are priority, delay"),
        (JobOptions.merged, {"atempts": 3}, "did you mean 'attempts'?"),
    ],
)
def test_a_misspelt_option_is_refused_with_its_cure(read, options, cure):
    with pytest.raises(InvalidInput) as caught:
        read(options)
    assert cure in str(caught.value)
    assert caught.value.errors[0].field == next(iter(options))


def test_a_queue_is_known_by_its_name_only():
    assert [require_queue(name) for name in QUEUES] == list(LABELS)
    with pytest.raises(NotFound, match="did you mean 'aiQc'"):
        require_queue("aiqc")
    with pytest.raises(NotFound, match="the queues are aiQc, email, calendar, report"):
        require_queue("zzzzzz")
