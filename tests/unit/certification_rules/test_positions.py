"""Positions: inside Thailand, outside, swapped; and distances between them."""

import pytest

from backend.certification.file_facts import Position
from backend.certification.geo import distance_km, is_located, position_fault
from tests.support.rule_cases import POLICY

BOX = POLICY.formats.thailand


@pytest.mark.parametrize(
    ("lat", "lng", "fault"),
    [
        (13.75, 100.5, None),
        (5.61, 97.34, None),
        (20.47, 105.64, None),
        (5.60, 100.0, "GPS_OUTSIDE_THAILAND"),
        (20.48, 100.0, "GPS_OUTSIDE_THAILAND"),
        (13.0, 97.33, "GPS_OUTSIDE_THAILAND"),
        (13.0, 105.65, "GPS_OUTSIDE_THAILAND"),
        (0, 0, "GPS_OUTSIDE_THAILAND"),
        (100.04, 13.82, "GPS_SWAPPED"),
        (105.64, 5.61, "GPS_SWAPPED"),
        (None, 100.0, None),
        (13.0, None, None),
    ],
)
def test_a_position_is_judged_by_the_box_around_thailand(lat, lng, fault):
    position = Position(lat=lat, lng=lng)
    assert position_fault(position, BOX) == fault
    assert is_located(position, BOX) == (fault is None and None not in (lat, lng))


def test_a_degree_of_latitude_is_111_kilometres():
    assert distance_km(Position(lat=13, lng=100), Position(lat=14, lng=100)) == pytest.approx(111.195, abs=0.01)


def test_a_degree_of_longitude_is_shorter_away_from_the_equator():
    assert distance_km(Position(lat=20, lng=100), Position(lat=20, lng=101)) == pytest.approx(104.49, abs=0.01)


def test_a_point_is_at_no_distance_from_itself():
    assert distance_km(Position(lat=13, lng=100), Position(lat=13, lng=100)) == 0


@pytest.mark.parametrize(
    "other", [Position(), Position(lat=13), Position(lng=100), Position(lat=91, lng=0), Position(lat=0, lng=181), Position(lat=-91, lng=0)]
)
def test_no_distance_is_known_to_a_point_that_is_incomplete_or_not_on_the_earth(other):
    assert distance_km(Position(lat=13, lng=100), other) is None
    assert distance_km(other, Position(lat=13, lng=100)) is None


@pytest.mark.parametrize("edge", [Position(lat=90, lng=0), Position(lat=-90, lng=0), Position(lat=0, lng=180), Position(lat=0, lng=-180)])
def test_poles_and_the_date_line_are_on_the_earth(edge):
    assert distance_km(Position(lat=0, lng=0), edge) is not None


def test_what_lies_beyond_the_date_line_is_not_on_the_earth():
    assert distance_km(Position(lat=0, lng=0), Position(lat=0, lng=-180.5)) is None


def test_opposite_points_of_the_earth_have_a_distance():
    assert distance_km(Position(lat=0, lng=0), Position(lat=0, lng=180)) == pytest.approx(20015, abs=1)
