"""What everybody who opens the calendar may read of an inspection."""

import pytest

from backend.certification.calendar_notice import entry_id, notice
from tests.support.appointments import an_appointment

BASE_URL = "https://gacp.example"


@pytest.mark.parametrize(
    ("kind", "summary"),
    [
        ("VIDEO", "[GACP] ตรวจทางวิดีโอ – GACP-2569-000001"),
        ("HYBRID_VIDEO", "[GACP] ตรวจแบบผสม (ทางวิดีโอ) – GACP-2569-000001"),
        ("HYBRID_ONSITE", "[GACP] ตรวจแบบผสม (ณ สถานที่) – GACP-2569-000001"),
        ("ONSITE", "[GACP] ตรวจ ณ สถานที่ – GACP-2569-000001"),
        ("UNKNOWN", "[GACP] ตรวจ – GACP-2569-000001"),
    ],
)
def test_the_summary_names_the_type_and_the_application(kind: str, summary: str) -> None:
    assert notice(an_appointment(type=kind), BASE_URL).summary == summary


@pytest.mark.parametrize(("kind", "item"), [("VIDEO", "โทรศัพท์ที่มีกล้อง"), ("ONSITE", "พื้นที่สำหรับเก็บตัวอย่าง")])
def test_the_description_links_to_the_application_and_lists_what_to_have_ready(kind: str, item: str) -> None:
    description = notice(an_appointment(type=kind), BASE_URL).description

    assert "https://gacp.example/applications/app-0001" in description
    assert item in description


@pytest.mark.parametrize(
    ("place", "location"),
    [
        ({}, ""),
        ({"address_text": " ต.น้ำพุ "}, "ต.น้ำพุ"),
        ({"lat": 13.5, "lng": 99.8}, "https://www.google.com/maps?q=13.5,99.8"),
        ({"lat": 13.5, "lng": None, "address_text": None}, ""),
        ({"lat": 0, "lng": 0, "address_text": "ก"}, "ก https://www.google.com/maps?q=0,0"),
    ],
)
def test_the_location_is_the_address_and_a_map(place: dict[str, object], location: str) -> None:
    assert notice(an_appointment(place=place), BASE_URL).location == location


def test_a_person_in_the_place_is_not_shown() -> None:
    place = {"address_text": "ต.น้ำพุ", "contact": "นางสาวสมหญิง", "phone": "081-234-5678"}
    shown = notice(an_appointment(place=place), BASE_URL)

    assert "สมหญิง" not in f"{shown}"
    assert "081" not in f"{shown}"


@pytest.mark.parametrize(
    ("status", "shown"), [("DECLINED", "cancelled"), ("CANCELLED", "cancelled"), ("PROPOSED", "tentative"), ("CONFIRMED", "confirmed")]
)
def test_the_status_of_an_entry_follows_the_appointment(status: str, shown: str) -> None:
    assert notice(an_appointment(status=status), BASE_URL).status == shown


def test_an_entry_id_is_the_same_for_the_same_appointment_for_ever() -> None:
    assert entry_id("apt-0001") == "pvdhoma1kvl525n4nhrcrts6"
    assert entry_id("apt-0001") != entry_id("apt-0002")


def test_each_generation_of_an_entry_has_an_id_of_its_own() -> None:
    assert len({entry_id("apt-0001", generation) for generation in (1, 2, 3)}) == 3
