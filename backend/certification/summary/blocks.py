"""The few forms that a report is made of; each is a JSON object that the template knows how to draw.

A text is `{"text", "note"}`: what is read first (mostly Thai), and what stands beside it in grey (mostly English).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from backend.certification.labels import Label

Block = dict[str, Any]
Words = str | Label | None

NOT_GIVEN = Label("ไม่ได้ระบุ", "not given")


def words(value: Words) -> Block:
    """A text of one or two languages; nothing becomes the words for "not given"."""
    if isinstance(value, str) and value:
        return {"text": value, "note": ""}
    shown = value if isinstance(value, Label) and value.th else NOT_GIVEN
    return {"text": shown.th, "note": "" if shown.en == shown.th else shown.en}


def fact(thai: str, english: str, value: Words) -> Block:
    """One line of a list of facts."""
    return {"label": {"text": thai, "note": english}, "value": words(value)}


def fact_if(thai: str, english: str, value: Words) -> Iterable[Block]:
    """The same, or no line at all where there is nothing to say."""
    given = value.th if isinstance(value, Label) else value
    return [fact(thai, english, value)] if given else []


def facts(rows: Iterable[Block]) -> Block:
    return {"kind": "facts", "rows": list(rows)}


def table(columns: Sequence[tuple[str, str, float]], rows: Iterable[Sequence[Words | Block]], *, compact: bool = False) -> Block:
    """Columns are Thai, English and relative width; a cell is a text, or a `cell` with small print.

    In a `compact` table the second language stands beside the first, otherwise under it.
    """
    return {
        "kind": "table",
        "compact": compact,
        "columns": [{"text": thai, "note": english, "width": width} for thai, english, width in columns],
        "rows": [[_cell(item) for item in row] for row in rows],
    }


def cell(value: Words, *, small: str = "") -> Block:
    """A table cell whose `small` print stands under the text."""
    return {**_blank_if_none(value), "small": small}


def note(thai: str, english: str, *, tone: str = "plain") -> Block:
    """A paragraph; `tone` is plain, notice (framed) or heading."""
    return {"kind": "note", "text": thai, "note": english, "tone": tone}


def checklist(items: Iterable[tuple[Label, bool]]) -> Block:
    """Short items in columns, each ticked or not."""
    return {"kind": "checklist", "items": [{"text": item.th, "note": item.en, "done": done} for item, done in items]}


def section(id: str, thai: str, english: str, blocks: Iterable[Block]) -> Block:
    return {"id": id, "text": thai, "note": english, "blocks": list(blocks)}


def _cell(value: Words | Block) -> Block:
    return value if isinstance(value, dict) else cell(value)


def _blank_if_none(value: Words) -> Block:
    return words(value) if (value.th if isinstance(value, Label) else value) else {"text": "–", "note": ""}
