"""Draws nothing and remembers everything: the double of every ReportRenderer."""

import json
from collections.abc import Mapping
from typing import Any

from backend.errors import PermanentFailure


class MemoryRenderer:
    """A ReportRenderer whose PDF is its data; `rendered` holds each template with its data, in order."""

    def __init__(self, templates: tuple[str, ...] = ("application-summary",)) -> None:
        self.rendered: list[tuple[str, Mapping[str, Any]]] = []
        self._templates = templates
        self._failures: list[Exception] = []

    def fail_next(self, *errors: Exception) -> None:
        """Raise these, one per call, before anything is drawn again."""
        self._failures.extend(errors)

    def render(self, template: str, data: Mapping[str, Any]) -> bytes:
        if self._failures:
            raise self._failures.pop(0)
        if template not in self._templates:
            raise PermanentFailure(f"There is no report template {template}")
        try:
            written = json.dumps(data, ensure_ascii=False, allow_nan=False, sort_keys=True).encode()
        except (TypeError, ValueError) as error:
            raise PermanentFailure(f"The data of a report is not JSON: {error}") from None
        if "created" not in data:
            raise PermanentFailure("The data of a report needs created.at, a time in ISO 8601")
        self.rendered.append((template, data))
        return b"%PDF-1.7\n% " + written + b"\n%%EOF\n"
