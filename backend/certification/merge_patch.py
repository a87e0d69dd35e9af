"""JSON merge patch (RFC 7396), and what it changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def merge_patch(target: Any, patch: Any) -> Any:
    """`target` with the patch applied: objects are merged, null removes a key, everything else (lists too) is replaced."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def changed_paths(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """The dotted path of every leaf that differs; a list whose length changed counts as one leaf."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from changed_paths(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif _is_list(old) and _is_list(new) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from changed_paths(*pair, f"{path}.{index}")
    elif old != new and not (_is_empty(old) and _is_empty(new)):
        yield path


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_empty(value: Any) -> bool:
    """Nothing, in any of the ways in which a form can say it."""
    return value is None or value == "" or (isinstance(value, Mapping | Sequence) and not value)
