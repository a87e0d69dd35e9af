"""Sets of row numbers as integers, one bit per row, by blocks of 4,096 rows."""

from array import array
from collections.abc import Iterator
from sys import byteorder

SHIFT = 12
SIZE = 1 << SHIFT
FULL = (1 << SIZE) - 1
_BYTES = SIZE // 8
_FEW = 32
"""Rows up to which their places take less room, and are read as fast, as a bit for each row of the block."""

Bits = dict[int, int]
"""The rows of some blocks, by the number of the block; a block that is not there has none."""


def block_of(number: int) -> int:
    return number >> SHIFT


def bit_of(number: int) -> int:
    return 1 << (number & (SIZE - 1))


def first_of(block: int) -> int:
    """The number of the first row of a block."""
    return block << SHIFT


def packed(mask: int) -> bytes:
    """The rows of one block as they are kept."""
    if mask.bit_count() > _FEW:
        return mask.to_bytes(_BYTES, "little")
    places = array("H", places_down(mask))
    if byteorder == "big":
        places.byteswap()
    return places.tobytes()


def unpacked(kept: bytes) -> int:
    """The rows that `packed` was given."""
    if len(kept) == _BYTES:
        return int.from_bytes(kept, "little")
    places = array("H", kept)
    if byteorder == "big":
        places.byteswap()
    return sum(1 << place for place in places)


def places_down(mask: int) -> Iterator[int]:
    """The places of the rows within their block, the last first."""
    while mask:
        place = mask.bit_length() - 1
        yield place
        mask ^= 1 << place


def numbers(bits: Bits, *, falling: bool) -> Iterator[int]:
    """The numbers of all rows, in order."""
    for block in sorted(bits, reverse=falling):
        places = places_down(bits[block])
        first = first_of(block)
        yield from (first + place for place in (places if falling else reversed([*places])))


def count(bits: Bits) -> int:
    return sum(mask.bit_count() for mask in bits.values())


def marked(rows: Iterator[tuple[int]]) -> Bits:
    """The set of rows with these numbers."""
    bits: Bits = {}
    for (number,) in rows:
        block = number >> SHIFT
        bits[block] = bits.get(block, 0) | 1 << (number & (SIZE - 1))
    return bits
