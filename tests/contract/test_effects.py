"""What the ledger of effects promises, over the stores that run without a server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.documents.effects import EFFECTS, DocumentEffects
from backend.clock import FrozenClock
from backend.errors import TemporaryFailure
from tests.support.document_stores import atomic, opened  # noqa: F401

LEASE = timedelta(minutes=10)


@pytest.fixture
def clock():
    return FrozenClock(datetime(2026, 11, 2, 5, tzinfo=UTC))


@pytest.fixture(params=["memory", "sqlite", "mongomock"])
def store(request, tmp_path):
    with opened(request.param, tmp_path) as empty:
        empty.ensure(EFFECTS)
        yield empty


@pytest.fixture
def effects(store, clock):
    return DocumentEffects(store, clock, LEASE)


@pytest.fixture
def others(store, clock):
    """The same ledger, seen from another process."""
    return DocumentEffects(store, clock, LEASE)


def test_the_first_caller_may_do_it(effects):
    assert effects.begin("key", "letter") is True
    assert effects.outcome("key") is None


def test_what_is_done_is_never_done_again(effects, others):
    effects.begin("key", "letter")
    effects.done("key", {"messageId": "<1>"})

    assert effects.begin("key", "letter") is False
    assert others.begin("key", "letter") is False
    assert others.outcome("key") == {"messageId": "<1>"}


def test_done_stays_done_for_ever(effects, clock):
    effects.begin("key", "letter")
    effects.done("key", {})
    clock.move(timedelta(days=400))

    assert effects.begin("key", "letter") is False


def test_keys_are_apart(effects):
    effects.begin("one", "letter")

    assert effects.begin("two", "letter") is True


def test_others_are_told_how_long_to_wait_for_a_reservation(effects, others, clock):
    effects.begin("key", "letter")
    clock.move(timedelta(minutes=4))

    with pytest.raises(TemporaryFailure, match="letter") as refusal:
        others.begin("key", "letter")

    assert refusal.value.retry_after == 360


def test_a_released_effect_may_be_tried_again_at_once(effects, others):
    effects.begin("key", "letter")
    effects.release("key")

    assert others.begin("key", "letter") is True


def test_a_reservation_lapses_after_its_lease(effects, others, clock):
    effects.begin("key", "letter")
    clock.move(LEASE - timedelta(milliseconds=1))
    with pytest.raises(TemporaryFailure):
        others.begin("key", "letter")

    clock.move(timedelta(milliseconds=1))

    assert others.begin("key", "letter") is True
    with pytest.raises(TemporaryFailure):
        effects.begin("key", "letter")


def test_who_was_too_slow_cannot_release_the_reservation_of_another(effects, others, clock):
    effects.begin("key", "letter")
    clock.move(LEASE)
    others.begin("key", "letter")

    effects.release("key")

    with pytest.raises(TemporaryFailure):
        effects.begin("key", "letter")


def test_who_was_too_slow_but_did_it_is_believed_and_the_first_outcome_stays(effects, others, clock):
    effects.begin("key", "letter")
    clock.move(LEASE)
    others.begin("key", "letter")

    effects.done("key", {"messageId": "<slow>"})
    others.done("key", {"messageId": "<quick>"})
    others.release("key")

    assert effects.outcome("key") == {"messageId": "<slow>"}
    assert others.begin("key", "letter") is False


def test_what_was_done_without_a_reservation_is_kept_too(effects, others):
    effects.done("key", {"size": 7})

    assert others.begin("key", "report") is False
    assert others.outcome("key") == {"size": 7}


def test_release_of_nothing_is_nothing(effects):
    effects.release("key")
    effects.begin("key", "letter")
    effects.done("key", {})
    effects.release("key")

    assert effects.begin("key", "letter") is False
    assert effects.outcome("nothing") is None


@pytest.mark.parametrize("provider", ["memory", "sqlite"])
@pytest.mark.usefixtures("atomic")
def test_of_many_callers_at_once_one_may_do_it(provider, tmp_path, clock):
    with opened(provider, tmp_path) as store:

        def begin(_):
            try:
                return DocumentEffects(store, clock, LEASE).begin("key", "letter")
            except TemporaryFailure:
                return False

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(begin, range(24)))

    assert answers.count(True) == 1


def test_a_reservation_ends_with_its_process(effects, store):
    effects.begin("key", "letter")
    reserved = store.get("effects", "key")["holder"].split("/")
    reserved[2] = "1"  # the process of that number started at another time: it is another one
    store.set_fields("effects", "key", {"holder": "/".join(reserved)})

    assert effects.begin("key", "letter") is True
    with pytest.raises(TemporaryFailure):
        effects.begin("key", "letter")


def test_what_was_done_about_a_subject_is_listed_in_order(effects, clock):
    effects.begin("one", "letter", subject="farm", what="application.submitted")
    effects.done("one", {"messageId": "<1>"})
    clock.move(timedelta(seconds=1))
    effects.begin("two", "report", subject="farm", what="officer")
    effects.begin("three", "report", subject="other")

    first, second = effects.of("farm")
    assert (first.key, first.kind, first.what, first.done, first.outcome) == (
        "one",
        "letter",
        "application.submitted",
        True,
        {"messageId": "<1>"},
    )
    assert (second.key, second.done, second.done_at, second.outcome) == ("two", False, None, {})
    assert second.began_at == first.done_at + timedelta(seconds=1)
    assert effects.of("nothing") == []


def test_an_effect_is_found_by_its_key_also_one_that_was_kept_before_effects_had_subjects(effects, store):
    store.insert("effects", {"id": "old", "state": "DONE", "outcome": {}})

    assert effects.find("old").done is True
    assert effects.find("old").subject == ""
    assert effects.find("nothing") is None
