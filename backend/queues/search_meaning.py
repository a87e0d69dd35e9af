"""What the terms of a search mean for jobs."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Protocol

from backend.matching import Begins, Between, Either, Equals, Every, Matching, Says, Without
from backend.queues.names import QUEUES
from backend.queues.records import JobState
from backend.queues.search_language import Term, refuse
from backend.queues.search_times import Limits, Stretch, read_length, read_limits, read_stretch

SHORTEST = 2
"""Letters of a text that can be looked for."""
SHORTEST_BEGINNING = 4
_MS = timedelta(milliseconds=1)


class TooMany(ValueError):
    """More of them are called so than a search can go through."""


class People(Protocol):
    """Who and what jobs are about: known outside of the queues. Either may raise Unavailable, and TooMany."""

    def subjects_numbered(self, text: str) -> Sequence[str]:
        """The applications with that in their number, or whose id it is."""

    def known_as(self, text: str) -> tuple[Sequence[str], Sequence[str]]:
        """The accounts with that in their name or address, or of that id; before them, the applications that are theirs, or of an
        applicant with it in name or address."""


def meaning(terms: Sequence[Term], now: datetime, people: People) -> Matching:
    """All terms hold. Raises InvalidInput naming the place of a term that says nothing, and the cure."""
    return Every(tuple(_meant(term, now, people) for term in terms))


def _meant(term: Term, now: datetime, people: People) -> Matching:
    read = _READERS.get(term.key)
    try:
        meant = Either(tuple(read(value, now) if read else _about_people(term.key, value, people) for value in term.values))
    except ValueError as error:
        raise refuse(term.at, str(error)) from None
    only = meant.parts[0] if len(meant.parts) == 1 else meant
    return Without(only) if term.without else only


def _about_people(key: str, value: str, people: People) -> Matching:
    text = _text(value)
    # What is asked for may be an id of what is gone, or of who never had an account.
    if key == "application":
        return Equals("subject", (*people.subjects_numbered(text), text))
    subjects, accounts = people.known_as(text)
    known = (Equals("subject", tuple(subjects)), Equals("requestedBy", (*accounts, text)))
    if key == "farmer":
        return Either(known)
    named = tuple(Equals(field, (value,)) for field in ("queue", "type", "state", "id", "requestId"))
    begun = tuple(Begins(field, value) for field in ("id", "requestId") if len(value) >= SHORTEST_BEGINNING)
    # Only what has a digit can be a number: all of them begin alike.
    numbered = Equals("subject", (*people.subjects_numbered(text), text) if any(map(str.isdigit, text)) else (text,))
    return Either((Says("error", text), Says("errorClass", text), *named, *begun, numbered, *known))


def _queue(value: str, _: datetime) -> Matching:
    return Equals("queue", (_one_of(value, QUEUES, "queue"),))


def _state(value: str, _: datetime) -> Matching:
    return Equals("state", (_one_of(value, [state.value for state in JobState], "state"),))


def _type(value: str, _: datetime) -> Matching:
    return Equals("type", (value,))


def _error(value: str, _: datetime) -> Matching:
    return Either((Says("error", _text(value)), Says("errorClass", value)))


def _named(field: str) -> Callable[[str, datetime], Matching]:
    def read(value: str, _: datetime) -> Matching:
        if not value.endswith("*"):
            return Equals(field, (value,))
        if len(value) <= SHORTEST_BEGINNING:
            raise ValueError(f"{value!r} is too short: give at least {SHORTEST_BEGINNING} characters before `*`")
        return Begins(field, value[:-1])

    return read


def _since(value: str, now: datetime) -> Matching:
    return Between("createdAt", gte=read_stretch(value, now).start)


def _until(value: str, now: datetime) -> Matching:
    stretch = read_stretch(value, now)
    return Between("createdAt", lt=max(stretch.end, stretch.start + _MS))


def _time(field: str) -> Callable[[str, datetime], Matching]:
    def read(value: str, now: datetime) -> Matching:
        def of(text: str) -> Stretch:
            return read_stretch(text, now)

        return _between(field, read_limits(value, of))

    return read


def _duration(value: str, _: datetime) -> Matching:
    def of(text: str) -> tuple[int, int]:
        return (read_length(text) // _MS,) * 2

    return _between("runMs", read_limits(value, of))


def _between(field: str, limits: Limits) -> Matching:
    return Between(field, *limits)  # type: ignore[arg-type]  # what `of` gave


def _text(value: str) -> str:
    if len(value) < SHORTEST:
        raise ValueError(f"{value!r} is too short: give at least {SHORTEST} characters")
    return value


def _one_of(value: str, names: Sequence[str], what: str) -> str:
    by_letters = {name.lower(): name for name in names}
    if value.lower() in by_letters:
        return by_letters[value.lower()]
    near = get_close_matches(value.lower(), by_letters, n=1, cutoff=0.5)
    hint = f"did you mean `{by_letters[near[0]]}`?" if near else f"there are {', '.join(names)}"
    raise ValueError(f"there is no {what} {value!r}: {hint}")


_READERS: dict[str, Callable[[str, datetime], Matching]] = {
    "queue": _queue,
    "state": _state,
    "type": _type,
    "error": _error,
    "id": _named("id"),
    "request": _named("requestId"),
    "since": _since,
    "until": _until,
    "created": _time("createdAt"),
    "finished": _time("finishedAt"),
    "duration": _duration,
}
