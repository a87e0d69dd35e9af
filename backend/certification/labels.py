"""The words people read for the codes of the API, Thai and English, from one table."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Label:
    """One thing in both languages."""

    th: str
    en: str


def _load() -> Mapping[str, Mapping[str, Label]]:
    table = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return {group: {code: Label(*words) for code, words in labels.items()} for group, labels in table.items()}


LABELS: Mapping[str, Mapping[str, Label]] = _load()


def label(group: str, code: str | None) -> Label:
    """The words for a code; a code the table does not know stands for itself, and no code for nothing.

    Drafts may hold any code, so an unknown one is no error here. Raises KeyError for an unknown group.
    """
    table = LABELS[group]
    return table.get(code, Label(code, code)) if code else Label("", "")


def listed(group: str, codes: Iterable[str] | None) -> Label:
    """Several codes in one line, in their order."""
    labels = [label(group, code) for code in codes or ()]
    return Label(", ".join(item.th for item in labels), ", ".join(item.en for item in labels))
