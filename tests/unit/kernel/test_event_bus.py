"""Every listener hears an event, whatever the others do."""

from dataclasses import dataclass

import pytest

from backend.events.bus import EventBus


@dataclass(frozen=True)
class Happened:
    what: str


@dataclass(frozen=True)
class HappenedElsewhere(Happened):
    pass


def test_listeners_hear_in_order_and_only_their_class():
    bus, heard = EventBus(), []
    bus.subscribe(Happened, lambda event: heard.append(("first", event.what)))
    bus.subscribe(Happened, lambda event: heard.append(("second", event.what)))
    bus.publish(Happened("rain"))
    bus.publish(HappenedElsewhere("snow"))
    assert heard == [("first", "rain"), ("second", "rain")]


def test_an_event_nobody_listens_to_is_fine():
    EventBus().publish(Happened("nothing"))


def test_a_failing_listener_does_not_keep_the_others_from_hearing_and_the_caller_learns_of_it():
    bus, heard = EventBus(), []

    def fail(event):
        raise ValueError(event.what)

    bus.subscribe(Happened, fail)
    bus.subscribe(Happened, heard.append)
    with pytest.raises(ExceptionGroup, match="1 listener") as caught:
        bus.publish(Happened("rain"))
    assert heard == [Happened("rain")]
    assert isinstance(caught.value.exceptions[0], ValueError)
