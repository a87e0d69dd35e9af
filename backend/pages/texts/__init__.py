"""The words of the pages, one table per subject, each text in Thai and English."""

import json
from collections.abc import Mapping
from importlib.resources import files

from backend.certification.labels import Label


def text(key: str, language: str, **values: object) -> str:
    """The text of that key with its values filled in; raises KeyError for a key that no table has."""
    found = TEXTS[key]
    words = found.th if language == "th" else found.en
    return words.format(**values) if values else words


def has(key: str) -> bool:
    return key in TEXTS


def _load() -> dict[str, Label]:
    table: dict[str, Label] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda item: item.name):
        if file.name.endswith(".json"):
            subject = file.name.removesuffix(".json")
            words = json.loads(file.read_text(encoding="utf-8"))
            table |= {f"{subject}.{key}": Label(*pair) for key, pair in words.items()}
    return table


TEXTS: Mapping[str, Label] = _load()
