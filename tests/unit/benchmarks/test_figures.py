"""What a side-by-side measurement makes of its figures."""

import pytest

from benchmarks.peers.figures import Goal, judged, spread, table

SAMPLES = {
    "ours": {"jobs/s": [100.0, 300.0, 200.0], "ms": [2.0, 1.0, 3.0]},
    "theirs": {"jobs/s": [100.0, 100.0, 50.0], "ms": [2.0, 2.0, 2.0]},
}


def at_least(factor, peer="theirs"):
    return Goal("ours", "jobs/s", "at least", peer, factor)


def at_most(limit):
    return Goal("ours", "ms", "at most", limit=limit)


def test_a_spread_is_the_middle_and_the_ends():
    assert spread([3.0, 1.0, 2.0, 10.0]) == (2.5, 1.0, 10.0)


def test_the_ratio_is_of_the_medians_and_its_ends_are_of_runs_side_by_side():
    assert at_least(2).ratio(SAMPLES) == (2.0, 1.0, 4.0)


@pytest.mark.parametrize(
    ("goal", "kept"),
    [
        (at_least(2), True),
        (at_least(2.01), False),
        (at_most(2.0), True),
        (at_most(1.99), False),
        (Goal("ours", "ms", "at most", "theirs"), True),
        (Goal("theirs", "ms", "at most", "ours", 0.5), False),
    ],
    ids=str,
)
def test_a_promise_is_kept_up_to_its_very_figure(goal, kept):
    assert goal.kept(SAMPLES) is kept


def test_a_verdict_names_the_promise_and_the_figures():
    assert judged([at_least(2), at_most(1)], SAMPLES) == [
        ("ours: jobs/s at least 2 x theirs: 2.00 (1.00 to 4.00 run by run): kept", True),
        ("ours: ms at most 1: 2.00 (1.00 to 3.00 run by run): NOT KEPT", False),
    ]


@pytest.mark.parametrize("goal", [at_least(1, peer="absent"), Goal("ours", "memory", "at most", limit=1)], ids=str)
def test_what_was_not_measured_is_not_judged(goal):
    assert judged([goal], SAMPLES) == []


def test_a_table_has_a_line_for_each_contender_and_gaps_where_a_figure_is_missing():
    samples = {"ours": {"jobs/s": [12345.6]}, "another": {"jobs/s": [99.94, 99.94], "ms": [1.234]}}

    assert table(samples) == [
        "         jobs/s    from      to    ms  from    to",
        "ours     12,346  12,346  12,346",
        "another    99.9    99.9    99.9  1.23  1.23  1.23",
    ]
