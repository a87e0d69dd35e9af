"""Numbers of people, companies and places: which are well formed."""

import pytest

from backend.certification import identifiers as rules


@pytest.mark.parametrize("number", ["1000100001015", "1 0002 00002 02 1", "1-0004-00004-04-4", "1101700230708", "8123456789011"])
def test_a_national_id_with_a_right_check_digit_is_accepted(number):
    assert rules.is_national_id(number)


@pytest.mark.parametrize(("prefix", "check"), [("100070000709", "0"), ("100070000703", "1"), ("110170023070", "8")])
def test_a_check_digit_of_ten_is_written_as_nought_and_of_eleven_as_one(prefix, check):
    assert [digit for digit in "0123456789" if rules.is_national_id(prefix + digit)] == [check]


@pytest.mark.parametrize(
    "number",
    [
        "1000100001014",
        "1-0005-00005-05-9",
        "100010000101",
        "10001000010155",
        "0105550000124",
        "9000100001013",
        "",
        "100010000101x",
        "1000100001015\n",
    ],
)
def test_any_other_national_id_is_refused(number):
    assert not rules.is_national_id(number)


@pytest.mark.parametrize("place", [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11])  # the third digit weighs 11, and so cannot be checked modulo 11
def test_one_wrong_digit_is_noticed(place):
    right = "1101700230708"
    wrong = right[:place] + str(int(right[place]) + 1) + right[place + 1 :]
    assert not rules.is_national_id(wrong)


@pytest.mark.parametrize("number", ["0105536112014", "0-1055-36112-01-4"])
def test_a_juristic_number_begins_with_zero(number):
    assert rules.is_juristic_id(number)


@pytest.mark.parametrize("number", ["010555000012", "0105536112015", "1101700230708", "01055361120144"])
def test_any_other_juristic_number_is_refused(number):
    assert not rules.is_juristic_id(number)


@pytest.mark.parametrize(
    ("number", "accepted"),
    [
        ("4-00-09-99/1-0042", True),
        ("12345678", True),
        ("1.2/3 4-5678", True),
        ("1" * 30, True),
        ("1" * 31, False),
        ("1234567", False),
        ("1234-567", False),
        ("12345678a", False),
        ("วิสาหกิจ 12345678", False),
    ],
)
def test_a_community_enterprise_code_has_eight_digits_or_more(number, accepted):
    assert rules.is_community_enterprise_id(number) is accepted


@pytest.mark.parametrize(
    "number",
    [
        "0890000002",
        "081-000-0001",
        "+66 86 000 0004",
        "+66860000004",
        "+66 (0)86 000 0004",
        "0610000000",
        "021234567",
        "02-123-4567",
        "053123456",
        "+6653123456",
    ],
)
def test_a_thai_telephone_number_is_accepted(number):
    assert rules.is_phone(number)


@pytest.mark.parametrize(
    "number",
    ["08-1234", "0510000000", "0110000000", "08900000022", "089000000", "012345678", "0812345678x", "+1 202 555 0100", "00812345678"],
)
def test_any_other_telephone_number_is_refused(number):
    assert not rules.is_phone(number)


def test_a_number_is_dialled_with_a_zero_inside_thailand():
    assert rules.national_phone("+66 (0)86-000 0004") == "0860000004"


@pytest.mark.parametrize(
    ("code", "accepted"), [("84230", True), ("10100", True), ("7300", False), ("00100", False), ("842300", False), ("8423x", False)]
)
def test_a_postal_code_has_five_digits(code, accepted):
    assert rules.is_postal_code(code) is accepted


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("saijai@example.com", True),
        ("a.b+c@mail.example.co.th", True),
        ("not-an-email", False),
        ("a@b", False),
        ("a@b@example.com", False),
        ("a b@example.com", False),
        ("@example.com", False),
        ("a@.com", False),
        ("a@example.", False),
        ("a" * 242 + "@example.com", True),
        ("a" * 243 + "@example.com", False),
    ],
)
def test_an_email_address_has_one_at_and_a_dot_in_the_domain(address, accepted):
    assert rules.is_email(address) is accepted


@pytest.mark.parametrize(
    ("code", "accepted"),
    [("00990000421", True), ("0099-000042-1", True), ("0099000042", False), ("009900004211", False), ("0099000042x", False)],
)
def test_a_house_code_has_eleven_digits(code, accepted):
    assert rules.is_house_code(code) is accepted


def test_only_digits_are_compared():
    assert rules.digits_of("1 0002-00002 02 1") == "1000200002021"
    assert rules.digits_of(None) == ""


def test_positions_two_and_three_are_the_province():
    assert rules.province_digits("1-1017-00230-70-8") == 10
