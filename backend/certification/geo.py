"""Points on the earth: inside Thailand or not, and how far from each other."""

from math import asin, cos, radians, sin, sqrt

from backend.certification.form import Position
from backend.certification.policy_tables import Box

_EARTH_KM = 6371.0088  # mean radius


def position_fault(position: Position, box: Box) -> str | None:
    """GPS_SWAPPED where latitude and longitude changed places, GPS_OUTSIDE_THAILAND, or None where nothing is wrong.

    A position of which a part is missing has no fault: it is incomplete.
    """
    lat, lng = position.lat, position.lng
    if lat is None or lng is None or _inside(lat, lng, box):
        return None
    return "GPS_SWAPPED" if _inside(lng, lat, box) else "GPS_OUTSIDE_THAILAND"


def is_located(position: Position, box: Box) -> bool:
    """Whether the position is complete and inside Thailand."""
    return position.lat is not None and position.lng is not None and _inside(position.lat, position.lng, box)


def distance_km(one: Position, other: Position) -> float | None:
    """The great-circle distance (haversine), or None where a position is incomplete or not on the earth."""
    if not (_on_earth(one) and _on_earth(other)):
        return None
    lat1, lng1, lat2, lng2 = (radians(value or 0) for value in (one.lat, one.lng, other.lat, other.lng))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lng2 - lng1) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))


def _inside(lat: float, lng: float, box: Box) -> bool:
    return box.lat[0] <= lat <= box.lat[1] and box.lng[0] <= lng <= box.lng[1]


def _on_earth(position: Position) -> bool:
    if position.lat is None or position.lng is None:
        return False
    return -90 <= position.lat <= 90 and -180 <= position.lng <= 180
