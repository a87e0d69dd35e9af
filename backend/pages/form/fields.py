"""What a step of the form is made of; the tables of steps are in `tasks_*.py`."""

from dataclasses import dataclass
from typing import Literal

from backend.certification.circumstances import holds
from backend.certification.policy_tables import Conditions

Kind = Literal[
    "text", "textarea", "number", "date", "radio", "checkboxes", "select", "herb", "province", "month", "area", "yes_no", "assessment"
]
GROUPS = frozenset({"radio", "checkboxes", "area", "yes_no", "assessment"})
"""Kinds of several inputs, which share one legend."""


@dataclass(frozen=True)
class Field:
    """One question; `path` is where the answer goes in the JSON of the application (in an item: within the item).

    `labels` names the table of words for codes; `vocabulary` the table of codes, where it is not under `path`.
    """

    path: str
    kind: Kind = "text"
    labels: str = ""
    vocabulary: str = ""
    when: Conditions = ()
    autocomplete: str = ""
    inputmode: str = ""
    short: bool = False


@dataclass(frozen=True)
class Step:
    """One page: its name in the address, its fields, and under which circumstances it is asked at all.

    With `each`, the step is a list of items (such as crops), and the fields are those of one item.
    """

    name: str
    fields: tuple[Field, ...]
    when: Conditions = ()
    each: str = ""

    def shown(self, circumstances: frozenset[str]) -> tuple[Field, ...]:
        """The fields that apply."""
        return tuple(field for field in self.fields if holds(field.when, circumstances))


@dataclass(frozen=True)
class Task:
    """One line of the task list."""

    name: str
    steps: tuple[Step, ...]
    when: Conditions = ()


def address(prefix: str) -> tuple[Field, ...]:
    """The five fields of an address."""
    own = prefix == "applicant.address"

    def autocomplete(token: str) -> str:
        return token if own else ""

    return (
        Field(f"{prefix}.line", autocomplete=autocomplete("address-line1")),
        Field(f"{prefix}.subdistrict", autocomplete=autocomplete("address-level3")),
        Field(f"{prefix}.district", autocomplete=autocomplete("address-level2")),
        Field(f"{prefix}.province", "province", autocomplete=autocomplete("address-level1")),
        Field(f"{prefix}.postalCode", inputmode="numeric", autocomplete=autocomplete("postal-code"), short=True),
    )
