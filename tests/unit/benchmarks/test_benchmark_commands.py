"""What `python -m benchmarks` accepts, and who takes part in the side-by-side measurement."""

import pytest

from benchmarks.__main__ import NAMES, main
from benchmarks.peers import contenders
from benchmarks.peers.contenders import PROGRAMS, Contender
from benchmarks.peers.install import HERE, Peers
from benchmarks.worker import PARTS, arguments, interleaved

PEERS = Peers(HERE / "bin", "node", HERE / "modules")
CONTENDERS = [each for each in vars(contenders).values() if isinstance(each, Contender)]


def test_the_list_says_what_each_measurement_is_for(capsys):
    assert main(["--list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert all(len(line.split()) > 5 for line in lines)


@pytest.mark.parametrize("words", [["nothing"], ["review", "nothing"], ["review", "--runs", "1"], ["worker", "review", "--runs", "1"]])
def test_a_name_that_is_none_and_an_option_for_nobody_are_refused(words, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err


@pytest.mark.parametrize("words", [["--only", "no-op,nothing"], ["--runs", "many"], ["--what"]])
def test_a_wrong_option_of_the_worker_is_named(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        arguments(words)

    assert words[0] in capsys.readouterr().err


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda each: each.name)
def test_each_contender_has_a_program_that_is_there(contender):
    *_, program = contender.argv(PEERS)

    assert (PROGRAMS / contender.program).samefile(program)


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda each: each.name)
def test_each_worker_is_started_with_the_concurrency_that_is_compared(contender):
    assert "37" in contender.worker_argv(PEERS, 37) or contender is contenders.RQ


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_every_promise_is_about_those_who_take_part(part):
    names = {each.name for each in part.contenders}

    assert all({goal.ours, goal.peer or goal.ours} <= names for goal in part.goals)


def test_contenders_take_turns_and_the_first_round_does_not_count():
    seen = []

    def measure(_ground, who, jobs):
        seen.append((who.name, jobs))
        return {"jobs": jobs}

    part = PARTS["no-op"].__class__("", measure, (contenders.BULL, contenders.HUEY), [])
    samples = interleaved(None, part, 1_000, 2)

    assert seen == [("Bull", 100), ("Huey", 100), ("Bull", 1_000), ("Huey", 1_000), ("Bull", 1_000), ("Huey", 1_000)]
    assert samples == {"Bull": {"jobs": [1_000, 1_000]}, "Huey": {"jobs": [1_000, 1_000]}}


def test_only_those_that_are_wanted_take_part():
    part = PARTS["no-op"].__class__("", lambda *_: {"jobs": 1}, (contenders.BULL, contenders.BULLMQ, contenders.HUEY), [])

    assert list(interleaved(None, part, 1_000, 1, ["huey", "mq"])) == ["BullMQ", "Huey"]
