"""Rai, ngan and square wah: what is valid, how large it is, how it is written."""

from decimal import Decimal

import pytest

from backend.certification.area import Area, parse_notation, usable


@pytest.mark.parametrize(
    ("rai", "ngan", "sq_wah", "square_metres"),
    [
        (1, 0, 0, 1600),
        (0, 1, 0, 400),
        (0, 0, 1, 4),
        (4, 2, 25, 7300),
        (6, 2, 40, 10560),
        (0, 0, 0.25, 1),
        (99_999, 3, 99.99, 99_999 * 1600 + 1200 + Decimal("399.96")),
        (None, 2, None, 800),
    ],
)
def test_a_valid_area_has_its_size(rai, ngan, sq_wah, square_metres):
    area = Area(rai=rai, ngan=ngan, sq_wah=sq_wah)
    assert area.is_valid
    assert area.square_metres == square_metres
    assert usable(area) == square_metres
    assert area.in_rai == Decimal(square_metres) / 1600


@pytest.mark.parametrize(
    ("rai", "ngan", "sq_wah"),
    [
        (2, 7, 0),
        (2, 4, 0),
        (-3, 0, 0),
        (1, -1, 0),
        (1, 0, -1),
        (1, 0, 100),
        (100_000, 0, 0),
        (0, 0, 0),
        (1.5, 0, 0),
        (1, 0.5, 0),
        (1, 0, 99.995),
    ],
)
def test_an_area_out_of_bounds_is_not_valid_and_not_used(rai, ngan, sq_wah):
    area = Area(rai=rai, ngan=ngan, sq_wah=sq_wah)
    assert not area.is_valid
    assert usable(area) is None


def test_an_area_without_parts_is_blank_and_one_of_zeros_is_not():
    assert Area().is_blank
    assert not Area(rai=0).is_blank
    assert not Area(ngan=0).is_blank
    assert not Area(sq_wah=0).is_blank
    assert usable(None) is None


@pytest.mark.parametrize("written", ["4-2-25", "4-2-25 ไร่", "4-2-25ไร่", "4-2-25 rai"])
def test_the_notation_of_land_deeds_is_read(written):
    assert Area.model_validate(written).square_metres == 7300


def test_the_notation_is_printed_as_it_is_read():
    assert str(Area.model_validate("4-2-25.5")) == "4-2-25.5 ไร่"
    assert str(Area(rai=10)) == "10-0-0 ไร่"


@pytest.mark.parametrize("written", ["4 ไร่", "4-2", "a-b-c", "4-2-25 acres"])
def test_any_other_text_is_refused_with_the_notation_in_the_message(written):
    with pytest.raises(ValueError, match="rai-ngan-square wah"):
        parse_notation(written)


def test_an_empty_text_is_no_area():
    assert Area.model_validate("").is_blank
