"""The items of a list in the form, such as crops: a merge patch replaces a list whole, so it is put together here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from backend.pages.form.outline import Outline
from backend.pages.language import language


@dataclass(frozen=True)
class Items:
    """The list at `path` as it is stored."""

    path: str
    values: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, form: Mapping[str, Any], path: str) -> Self:
        found: Any = form
        for name in path.split(".") if path else ():
            found = found.get(name) if isinstance(found, Mapping) else None
        return cls(path, tuple(found or ()) if isinstance(found, list) else ())

    def get(self, number: int) -> Mapping[str, Any]:
        """One item, or an empty one behind the last."""
        return self.values[number] if number < len(self.values) else {}

    def with_item(self, number: int, item: Mapping[str, Any], asked: set[str]) -> dict[str, Any]:
        """The patch that sets one item; what its page did not ask for stays."""
        kept = {name: value for name, value in self.get(number).items() if name not in asked}
        values = [*self.values, {}] if number == len(self.values) else list(self.values)
        values[number] = {**kept, **item}
        return self._patch(values)

    def without(self, number: int) -> dict[str, Any]:
        """The patch that takes one item off."""
        return self._patch([value for place, value in enumerate(self.values) if place != number])

    def titles(self, outline: Outline) -> list[str]:
        """What each item is called in the list."""
        return [self._title(value, outline) for value in self.values]

    def _title(self, value: Mapping[str, Any], outline: Outline) -> str:
        herb = outline.policy.herb(value.get("herbCode"))
        if herb:
            return herb.name_th if language() == "th" else herb.name_en
        named = ("herbNameOther", "name", "kind", "number", "herbCode")
        return next((str(value[name]) for name in named if value.get(name)), "–")

    def _patch(self, values: list[Any]) -> dict[str, Any]:
        patch: Any = values
        for name in reversed(self.path.split(".")):
            patch = {name: patch}
        found: dict[str, Any] = patch
        return found
