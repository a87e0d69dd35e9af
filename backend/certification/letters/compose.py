"""Gives the content of a letter its look: an e-mail with a text and an HTML part that say the same."""

from functools import cache
from typing import TYPE_CHECKING

from backend.certification.letters.catalogue import LetterKind
from backend.certification.letters.facts import LetterFacts
from backend.certification.ports import Letter

if TYPE_CHECKING:
    from jinja2 import Environment


def compose(kind: LetterKind, facts: LetterFacts, *, to: str, key: str) -> Letter:
    """The letter to one recipient; whatever an applicant typed is text in it, never markup."""
    content = kind.write(facts)
    names = {"content": content, "number": facts.number, "link": facts.link, "phone": facts.office.phone}
    return Letter(
        key=key,
        kind=kind.name,
        to=to,
        subject=" ".join(content.subject_th.split()),  # no line break that somebody typed gets into a header
        text=_environment().get_template("letter.txt.j2").render(names),
        html=_environment().get_template("letter.html.j2").render(names),
        application_id=facts.application.id,
    )


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415 - who sends no letter needs it not

    return Environment(
        loader=PackageLoader("backend.certification.letters"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
