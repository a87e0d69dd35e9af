"""Photos: of this farm, recent, sharp, each taken once."""

import pytest

from backend.certification.geo import distance_km
from backend.certification.quality.case import Case
from backend.certification.quality.rules.photos import distance_from_farm, find
from tests.support.rule_cases import AS_OF, GONE, POLICY, form, issues, result

KM = 0.008993  # degrees of latitude
FARM = {"lat": 8.9142, "lng": 98.9035}


def north(kilometres):
    return {"lat": FARM["lat"] + kilometres * KM, "lng": FARM["lng"]}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"photos.4": GONE}, [("PHOTO_MISSING", "photos.WATER_SOURCE")]),
        ({"photos.0": GONE}, [("PHOTO_MISSING", "photos.FIELD_OVERVIEW")]),
        ({"photos.2.mime": "image/gif"}, [("PHOTO_FILE_REJECTED", "photos.2")]),
        ({"photos.2.mime": "application/pdf"}, [("PHOTO_FILE_REJECTED", "photos.2")]),
        ({"photos.2.mime": "image/webp"}, []),
        ({"photos.2.sizeBytes": 10_485_761}, [("PHOTO_FILE_REJECTED", "photos.2")]),
        ({"photos.2.sharpness": 0.34}, [("PHOTO_BLURRY", "photos.2")]),
        ({"photos.2.sharpness": 0.35}, []),
        ({"photos.2.sharpness": None}, []),
        ({"photos.2.width": 799, "photos.2.height": 600}, [("PHOTO_LOW_RESOLUTION", "photos.2")]),
        ({"photos.2.width": 800, "photos.2.height": 599}, [("PHOTO_LOW_RESOLUTION", "photos.2")]),
        ({"photos.2.width": 800, "photos.2.height": 600}, []),
        ({"photos.2.width": 600, "photos.2.height": 800}, []),
        ({"photos.2.width": 599, "photos.2.height": 800}, [("PHOTO_LOW_RESOLUTION", "photos.2")]),
        ({"photos.2.width": None}, []),
        ({"photos.2.height": None}, []),
        ({"photos.2.takenOn": "2025-11-01"}, [("PHOTO_STALE", "photos.2")]),
        ({"photos.2.takenOn": "2025-11-02"}, []),
        ({"photos.2.gps": north(1.99)}, []),
        ({"photos.2.gps": north(2.01)}, [("PHOTO_AWAY_FROM_FARM", "photos.2")]),
        ({"photos.2.gps": north(19.9)}, [("PHOTO_AWAY_FROM_FARM", "photos.2")]),
        ({"photos.2.gps": north(20.1)}, [("PHOTO_FAR_FROM_FARM", "photos.2")]),
        ({"photos.2.gps": None}, []),
        (
            {"photos.2.sharpness": 0, "photos.2.width": 1, "photos.2.takenOn": "2020-01-01"},
            [("PHOTO_STALE", "photos.2"), ("PHOTO_BLURRY", "photos.2"), ("PHOTO_LOW_RESOLUTION", "photos.2")],
        ),
        ({"photos.2.mime": "image/gif", "photos.2.sharpness": 0, "photos.2.gps": north(50)}, [("PHOTO_FILE_REJECTED", "photos.2")]),
        ({"photos.+": {"slot": "SIGNAGE", "sharpness": 0.1}}, [("PHOTO_BLURRY", "photos.6")]),
    ],
)
def test_photos_are_looked_at(changes, found):
    assert issues(changes) == found


def test_the_second_of_two_equal_files_is_the_duplicate():
    again = {"photos.5.sha256": "47E36E65705FFC9C3F186E0D4E3C1601D9A7B0B5B38ADE6619AE0349449E0CAB"}
    assert issues(again) == [("PHOTO_DUPLICATE", "photos.5")]


def test_files_without_a_hash_are_not_taken_for_equal():
    assert issues({"photos.4.sha256": None, "photos.5.sha256": None}) == []


def far_away(kilometres):
    return {f"photos.{index}.gps": north(kilometres) for index in range(6)}


@pytest.mark.parametrize(
    "changes",
    [
        {f"photos.{index}.gps": None for index in range(6)},
        {f"photos.{index}.gps": {"lat": 8.9} for index in range(6)},
        far_away(2.1),
        {"photos": []},
        {"farm.location": {"lat": 98.9, "lng": 8.9}},
        {"farm.location": {}},
        {"farm.location": {"lat": 48, "lng": 2}},
    ],
)
def test_without_a_photo_that_shows_itself_at_the_farm_somebody_has_to_go(changes):
    found = result(changes)
    assert ("NO_GEOTAGGED_PHOTO", "photos") in [(issue.code, issue.path) for issue in found.issues]
    assert "FORCED_ONSITE:NO_GEOTAGGED_PHOTO" in found.decision_reasons


def test_one_photo_at_the_farm_is_enough():
    assert "NO_GEOTAGGED_PHOTO" not in [code for code, _ in issues(far_away(2.1) | {"photos.3.gps": FARM})]


def test_a_refused_photo_shows_nothing():
    only_refused = {f"photos.{index}.gps": None for index in range(5)} | {"photos.5.mime": "image/gif"}
    assert issues(only_refused) == [("NO_GEOTAGGED_PHOTO", "photos"), ("PHOTO_FILE_REJECTED", "photos.5")]


def test_a_wrong_farm_position_accuses_no_photo():
    codes = {code for code, _ in issues({"farm.location": {"lat": 98.9035, "lng": 8.9142}})}
    assert codes == {"GPS_SWAPPED", "NO_GEOTAGGED_PHOTO"}


def test_a_farm_outside_thailand_accuses_no_photo_either():
    assert {code for code, _ in issues({"farm.location": {"lat": 48, "lng": 2}})} == {"GPS_OUTSIDE_THAILAND", "NO_GEOTAGGED_PHOTO"}


def case_with(photo_limits):
    limits = POLICY.quality.photo.model_copy(update=photo_limits)
    quality = POLICY.quality.model_copy(update={"photo": limits})
    return Case(form({"photos.3.gps": north(1)}), AS_OF, POLICY.model_copy(update={"quality": quality}))


def test_a_photo_on_the_very_limit_still_counts_for_the_farm():
    case = case_with({})
    distance = distance_from_farm(case.form.photos[3], case)
    assert distance == pytest.approx(1, abs=0.01)
    assert "photos.3" not in {fault.path for fault in find(case_with({"near_km": distance}))}
    on_the_far_limit = find(case_with({"near_km": distance / 2, "far_km": distance}))
    assert [fault.code for fault in on_the_far_limit if fault.path == "photos.3"] == ["PHOTO_AWAY_FROM_FARM"]


def test_one_photo_on_the_very_limit_is_enough():
    changes = {f"photos.{index}.gps": None for index in range(6)} | {"photos.3.gps": north(1)}
    near = POLICY.quality.photo.model_copy(update={"near_km": distance_km(form(changes).photos[3].gps, form().farm.location)})
    policy = POLICY.model_copy(update={"quality": POLICY.quality.model_copy(update={"photo": near})})
    assert "NO_GEOTAGGED_PHOTO" not in {fault.code for fault in find(Case(form(changes), AS_OF, policy))}


def test_missing_photos_are_counted():
    assert result(base=4).missing_photos[0] == {"slot": "FIELD_OVERVIEW", "required": 2, "present": 1}
