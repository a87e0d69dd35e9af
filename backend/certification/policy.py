"""The policy in force on a day: dated tables of herbs, requirements, formats, provinces and quality rules."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from backend.certification.policy_tables import Formats, Herb, Herbs, Provinces, Quality, Requirements

_TABLES = ("herbs", "requirements", "formats", "provinces", "quality")


class Dated(BaseModel):
    """The head of every table: who says so, and when it is in force."""

    model_config = ConfigDict(extra="allow")

    table: str
    about: str
    effectiveFrom: date  # noqa: N815
    effectiveTo: date | None  # noqa: N815
    source: str
    verified: bool

    def covers(self, on: date) -> bool:
        return self.effectiveFrom <= on and (self.effectiveTo is None or on <= self.effectiveTo)


class Policy(BaseModel):
    """One consistent set of tables; made by `in_force` alone."""

    model_config = ConfigDict(frozen=True)

    herbs: Herbs
    requirements: Requirements
    formats: Formats
    provinces: Provinces
    quality: Quality

    @classmethod
    def in_force(cls, on: date) -> "Policy":
        """The tables of that day; a day before the first edition gets the first, so that old papers can be read."""
        return _built(tuple((table, edition(table, on, _editions())) for table in _TABLES))

    def herb(self, code: str | None) -> Herb | None:
        """The herb of that code, or None where the table does not know it."""
        return self.herbs.by_code.get(code or "")

    @property
    def ruleset(self) -> str:
        return self.quality.ruleset


@cache
def _editions() -> tuple[tuple[str, Dated], ...]:
    folder = files("backend.certification") / "policies"
    found = [item for item in folder.iterdir() if item.name.startswith(_TABLES) and item.name.endswith(".json")]
    heads = [(item.name, Dated.model_validate_json(item.read_bytes())) for item in found]
    return tuple(sorted(heads, key=lambda named: named[1].effectiveFrom))


def edition(table: str, on: date, editions: Sequence[tuple[str, Dated]]) -> str:
    """The name of the file in force that day, among editions in the order of their first day."""
    of_table = [(name, head) for name, head in editions if head.table == table]
    current = [name for name, head in of_table if head.covers(on)]
    return current[-1] if current else of_table[0][0]


@cache
def _built(chosen: tuple[tuple[str, str], ...]) -> Policy:
    heads = dict(_editions())
    return Policy.model_validate({table: heads[name].model_extra for table, name in chosen})
