"""Dates for people: Bangkok's day, the Buddhist year, and the edges of the calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.certification import thai_dates as dates

MONDAY = date(2026, 11, 2)


def test_a_date_is_short_thai_month_and_buddhist_year():
    assert dates.thai_date(MONDAY) == "2 พ.ย. 2569"


def test_a_day_carries_its_weekday_in_full():
    assert dates.thai_day(MONDAY) == "วันจันทร์ที่ 2 พฤศจิกายน 2569"
    assert dates.english_day(MONDAY) == "Monday 2 November 2026"


def test_a_time_is_written_with_a_dot_in_thai_and_a_colon_in_english():
    at = datetime(2026, 11, 2, 2, 30, tzinfo=UTC)
    assert dates.thai_time(at) == "09.30 น."
    assert dates.thai_moment(at) == "2 พ.ย. 2569 09.30 น."
    assert dates.english_moment(at) == "2 Nov 2026, 09:30"


@pytest.mark.parametrize(
    ("at", "thai", "english"),
    [
        # Bangkok is seven hours ahead: the year turns at 17:00 UTC on 31 December.
        ("2026-12-31T16:59:59Z", "31 ธ.ค. 2569", "31 Dec 2026"),
        ("2026-12-31T17:00:00Z", "1 ม.ค. 2570", "1 Jan 2027"),
        ("2026-12-31T23:59:59Z", "1 ม.ค. 2570", "1 Jan 2027"),
        ("2027-01-01T00:00:00+07:00", "1 ม.ค. 2570", "1 Jan 2027"),
        # 29 February exists in 2571 because it does in 2028; 2571 itself does not divide by four.
        ("2028-02-28T17:00:00Z", "29 ก.พ. 2571", "29 Feb 2028"),
        ("2028-02-29T16:59:59Z", "29 ก.พ. 2571", "29 Feb 2028"),
        ("2028-02-29T17:00:00Z", "1 มี.ค. 2571", "1 Mar 2028"),
        # 2569 is no leap year: 28 February is followed by 1 March.
        ("2026-02-28T17:00:00Z", "1 มี.ค. 2569", "1 Mar 2026"),
        ("2028-02-29", "29 ก.พ. 2571", "29 Feb 2028"),
        ("2026-12-31", "31 ธ.ค. 2569", "31 Dec 2026"),
    ],
)
def test_the_day_is_the_one_in_bangkok(at, thai, english):
    assert dates.thai_date(at) == thai
    assert dates.english_date(at) == english
    assert dates.buddhist_year(at) == int(thai[-4:])


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_has_its_own_name_in_each_form(month):
    day = date(2026, month, 15)
    assert dates.THAI_MONTHS_SHORT[month - 1] in dates.thai_date(day)
    assert dates.THAI_MONTHS[month - 1] in dates.thai_day(day)
    assert day.strftime("%b") == dates.english_date(day).split()[1]


def test_the_weekdays_follow_each_other():
    names = [dates.thai_day(MONDAY + timedelta(days=n)).split("ที่")[0].removeprefix("วัน") for n in range(7)]
    assert names == ["จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์"]
    assert [dates.english_day(MONDAY + timedelta(days=n)).split()[0] for n in (0, 6)] == ["Monday", "Sunday"]


def test_midnight_in_bangkok_is_zero_hours_and_not_twenty_four():
    assert dates.thai_time("2026-12-31T17:00:00Z") == "00.00 น."


@pytest.mark.parametrize("bad", ["2026-11-02T09:30:00", "2 พ.ย. 2569", "", "2026-02-30"])
def test_a_time_without_zone_and_a_date_that_is_none_are_refused(bad):
    with pytest.raises(ValueError, match=r"zone|Invalid|isoformat|day is out of range"):
        dates.thai_date(bad)


def test_a_naive_datetime_is_refused():
    with pytest.raises(ValueError, match="zone"):
        dates.thai_moment(datetime(2026, 11, 2, 9, 30))
