"""What a letter says, before it has a look: the same in both languages, Thai first."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One point of a list: what it is about, and what is to be done (may be empty)."""

    about: str
    action: str = ""


@dataclass(frozen=True)
class Passage:
    """One language's half: what happened, what to do and by when, then the details (domain.md e.2)."""

    happened: str
    to_do: str
    heading: str = ""
    items: tuple[Item, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """A whole letter; the subject of the e-mail is the Thai one, the English one heads the English half."""

    subject_th: str
    subject_en: str
    th: Passage
    en: Passage
