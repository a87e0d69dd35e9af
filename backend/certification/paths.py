"""Paths of the JSON API, such as `crops.0.herbCode`: looking up what a form holds there."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.alias_generators import to_snake

from backend.certification.area import Area
from backend.certification.form import ApplicationForm, FileFacts
from backend.certification.part import Part


def values_at(part: Part, pattern: str, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every (path, value) that the pattern matches in a part that is at `path`; `*` stands for each item of a list or table.

    The items of `documents` are named by their slot, those of any other list by their index.
    """
    return _walk(part, pattern.split("."), path)


def is_blank(value: Any) -> bool:
    """Whether a field holds nothing: null, an empty text, list or table, an area without parts."""
    if isinstance(value, Area):
        return value.is_blank
    return value is None or value in ("", [], {})


def texts_of(form: ApplicationForm) -> Iterator[tuple[str, str]]:
    """Every (path, text) of the form."""
    return _texts(form, "")


def _walk(value: Any, steps: list[str], path: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield path, value
    elif isinstance(value, BaseModel):
        yield from _walk(getattr(value, _attribute(steps[0])), steps[1:], _join(path, steps[0]))
    else:
        for name, inner in _items(value, path):
            if steps[0] in ("*", name):
                yield from _walk(inner, steps[1:], _join(path, name))


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, BaseModel):
        fields = type(value).model_fields
        for name in value.model_fields_set:
            yield from _texts(getattr(value, name), _join(path, fields[name].alias or name))
    elif isinstance(value, list | dict):
        for name, inner in _items(value, path):
            yield from _texts(inner, _join(path, name))


def _items(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from value.items()
    elif path == "documents":
        yield from ((item.slot or str(index), item) for index, item in enumerate(value) if isinstance(item, FileFacts))
    elif isinstance(value, list):
        yield from ((str(index), item) for index, item in enumerate(value))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@cache
def _attribute(name: str) -> str:
    return to_snake(name)
