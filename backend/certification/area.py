"""Thai land areas: 1 rai = 4 ngan = 400 square wah = 1,600 square metres."""

import re
from decimal import Decimal
from typing import Any

from pydantic import model_validator

from backend.certification.part import Number, Part

SQM_PER_RAI, SQM_PER_NGAN, SQM_PER_SQ_WAH = Decimal(1600), Decimal(400), Decimal(4)
_NOTATION = re.compile(r"(\d{1,5})-(\d{1,2})-(\d{1,3}(?:\.\d{1,2})?)(?: ?(?:ไร่|rai))?")


class Area(Part):
    """An area in the three parts that the farmer typed; each may be missing or wrong."""

    rai: Number = None
    ngan: Number = None
    sq_wah: Number = None

    @model_validator(mode="before")
    @classmethod
    def _read_notation(cls, value: Any) -> Any:
        return parse_notation(value) if isinstance(value, str) else value

    @property
    def is_blank(self) -> bool:
        return self.rai is None and self.ngan is None and self.sq_wah is None

    @property
    def is_valid(self) -> bool:
        """Whole rai 0 to 99,999, whole ngan 0 to 3, square wah 0 to 99.99, and more than nothing (domain.md b.3)."""
        rai, ngan, sq_wah = self._parts()
        whole = rai == int(rai) and ngan == int(ngan)
        within = 0 <= rai <= 99_999 and 0 <= ngan <= 3 and 0 <= sq_wah <= Decimal("99.99")
        return whole and within and self.square_metres > 0

    @property
    def square_metres(self) -> Decimal:
        rai, ngan, sq_wah = self._parts()
        return rai * SQM_PER_RAI + ngan * SQM_PER_NGAN + sq_wah * SQM_PER_SQ_WAH

    @property
    def in_rai(self) -> Decimal:
        return self.square_metres / SQM_PER_RAI

    def __str__(self) -> str:
        """`4-2-25 ไร่`, the notation of land deeds."""
        return "-".join(f"{part.normalize():f}" for part in self._parts()) + " ไร่"

    def _parts(self) -> tuple[Decimal, Decimal, Decimal]:
        return tuple(Decimal(str(part or 0)) for part in (self.rai, self.ngan, self.sq_wah))  # type: ignore[return-value]


def parse_notation(text: str) -> dict[str, str]:
    """The parts of `4-2-25 ไร่`; raises ValueError for any other text."""
    if not text:
        return {}
    match = _NOTATION.fullmatch(text)
    if match is None:
        raise ValueError("write an area as rai-ngan-square wah, such as 4-2-25 ไร่")
    return dict(zip(("rai", "ngan", "sqWah"), match.groups(), strict=True))


def usable(area: Area | None) -> Decimal | None:
    """Square metres of an area that is there and valid, otherwise None."""
    return area.square_metres if area is not None and area.is_valid else None
