"""Every kind of letter there is, with whom it goes to; what is not here cannot be sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from backend.certification.letters.checked import checked
from backend.certification.letters.content import Content
from backend.certification.letters.facts import LetterFacts
from backend.certification.letters.new_work import new_work
from backend.certification.letters.revision import revision
from backend.certification.letters.submitted import submitted
from backend.certification.states import Status
from backend.errors import FieldError, InvalidInput


class Audience(Enum):
    """Who gets it."""

    APPLICANT = auto()
    OFFICERS = auto()


_NOTHING_TO_SAY = frozenset({Status.NONE, Status.DRAFT, Status.WITHDRAWN, Status.EXPIRED})


@dataclass(frozen=True)
class LetterKind:
    """A kind of letter: `write` says what it says; it is out of date unless the application is in one of `while_in`
    (any state between submission and an end where that is empty)."""

    name: str
    audience: Audience
    write: Callable[[LetterFacts], Content]
    while_in: frozenset[str] = frozenset()

    def is_current(self, status: str) -> bool:
        """Whether the letter still tells the truth about an application in this state."""
        return status in self.while_in if self.while_in else status not in _NOTHING_TO_SAY


KINDS: Mapping[str, LetterKind] = {
    kind.name: kind
    for kind in (
        LetterKind("application.submitted", Audience.APPLICANT, submitted),
        LetterKind("qc.completed", Audience.APPLICANT, checked),
        LetterKind("status-change.revision", Audience.APPLICANT, revision, frozenset({Status.REVISION_REQUESTED})),
        LetterKind("new-application", Audience.OFFICERS, new_work, frozenset({Status.IN_REVIEW})),
    )
}


def kind_of(name: str) -> LetterKind:
    """The kind of that name; raises InvalidInput that lists the known ones."""
    if name not in KINDS:
        message = f"choose one of {', '.join(sorted(KINDS))}"
        raise InvalidInput(f"There is no kind of letter {name!r}", errors=(FieldError("kind", message, "UNKNOWN"),))
    return KINDS[name]
