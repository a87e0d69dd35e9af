"""Effects are counted by kind and by what became of them."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from backend.adapters.documents.effects import EFFECTS, DocumentEffects
from backend.adapters.memory.documents import MemoryStore
from backend.clock import FrozenClock
from backend.errors import TemporaryFailure
from backend.queues.numbers import QueueNumbers, keys
from backend.services.counted_effects import EFFECT_KINDS, MOST_UNDER_WAY, CountedEffects
from tests.support.queues import NOON


@pytest.fixture
def numbers():
    return QueueNumbers(FrozenClock(NOON))


@pytest.fixture
def effects(numbers):
    store = MemoryStore()
    store.ensure(EFFECTS)
    return CountedEffects(DocumentEffects(store, FrozenClock(NOON)), numbers.recorder)


def test_every_kind_that_the_product_knows_is_counted():
    """What is not in the table would be a label that nobody expects."""
    sources = (Path(__file__).parents[3] / "backend" / "certification").rglob("*.py")
    begun = {kind for source in sources for kind in re.findall(r'effects\.begin\(key, "(\w+)"', source.read_text("utf-8"))}
    assert begun == set(EFFECT_KINDS)


def counted(numbers):
    return dict(keys.named(numbers.system(timedelta(minutes=1)), keys.EFFECTS))


def test_an_effect_is_done_once_and_spared_after_that(effects, numbers):
    assert effects.begin("k", "letter", subject="a", what="w")
    assert counted(numbers) == {}
    effects.done("k", {"id": 1})
    assert not effects.begin("k", "letter")
    assert counted(numbers) == {("letter", "done"): 1, ("letter", "repeated"): 1}
    assert effects.outcome("k") == {"id": 1}
    assert (effects.find("k").kind, [effect.key for effect in effects.of("a")]) == ("letter", ["k"])


def test_what_failed_is_released_and_may_begin_again(effects, numbers):
    assert effects.begin("k", "report")
    effects.release("k")
    assert effects.begin("k", "report")
    effects.done("k", {})
    assert counted(numbers) == {("report", "released"): 1, ("report", "done"): 1}


def test_two_who_do_the_same_are_told_apart(effects, numbers):
    effects.begin("k", "calendar")
    with pytest.raises(TemporaryFailure):
        effects.begin("k", "calendar")
    effects.done("k", {})
    effects.done("k", {})
    effects.release("unknown")
    assert counted(numbers) == {("calendar", "busy"): 1, ("calendar", "done"): 1}


def test_effects_that_nobody_ends_are_not_remembered_for_ever(effects, numbers):
    for number in range(MOST_UNDER_WAY + 1):
        effects.begin(f"k{number}", "letter")
    effects.done("k0", {})
    effects.done("k1", {})
    assert counted(numbers) == {("letter", "done"): 1}
