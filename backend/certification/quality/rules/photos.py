"""Rules: do the photos show this farm, now, and well enough to see something?"""

from collections.abc import Iterator

from backend.certification.dates import known
from backend.certification.form import PhotoFacts
from backend.certification.formats import Fault
from backend.certification.geo import distance_km, is_located
from backend.certification.quality.case import Case
from backend.certification.quality.rules.documents import is_refused
from backend.certification.requirements import missing_photos


def find(case: Case) -> Iterator[Fault]:
    """Faults of every photo, of slots with too few, and of a set in which none was taken at the farm."""
    yield from (Fault(f"photos.{slot}", "PHOTO_MISSING") for slot, _, _ in missing_photos(case.form, case.policy))
    seen: set[str] = set()
    at_the_farm = False
    for index, photo in enumerate(case.form.photos):
        if _is_refused(photo, case):
            yield Fault(f"photos.{index}", "PHOTO_FILE_REJECTED")
            continue
        distance = distance_from_farm(photo, case)
        at_the_farm |= distance is not None and distance <= case.quality.photo.near_km
        yield from (Fault(f"photos.{index}", code) for code in _faults(photo, distance, case, seen))
    if not at_the_farm:
        yield Fault("photos", "NO_GEOTAGGED_PHOTO")


def distance_from_farm(photo: PhotoFacts, case: Case) -> float | None:
    """Kilometres between photo and farm, or None where either position is unknown or the farm's is wrong."""
    location = case.form.farm.location
    return distance_km(photo.gps, location) if is_located(location, case.policy.formats.thailand) else None


def _is_refused(photo: PhotoFacts, case: Case) -> bool:
    files = case.policy.formats.files
    return is_refused(photo, files.photo_types, files.max_bytes)


def _faults(photo: PhotoFacts, distance: float | None, case: Case, seen: set[str]) -> Iterator[str]:
    if photo.sha256:
        if photo.sha256.lower() in seen:
            yield "PHOTO_DUPLICATE"  # the first of the two stays good
        seen.add(photo.sha256.lower())
    limits = case.quality.photo
    if _is_small(photo, limits.min_width, limits.min_height):
        yield "PHOTO_LOW_RESOLUTION"
    if photo.sharpness is not None and photo.sharpness < limits.min_sharpness:
        yield "PHOTO_BLURRY"
    taken = known(photo.taken_on)
    if taken and case.older_than(taken, limits.max_age_days):
        yield "PHOTO_STALE"
    if distance is not None and distance > limits.near_km:
        yield "PHOTO_FAR_FROM_FARM" if distance > limits.far_km else "PHOTO_AWAY_FROM_FARM"


def _is_small(photo: PhotoFacts, width: int, height: int) -> bool:
    """Held upright or sideways: the long side is measured with the long limit."""
    if photo.width is None or photo.height is None:
        return False
    return max(photo.width, photo.height) < width or min(photo.width, photo.height) < height
