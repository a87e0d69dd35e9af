"""Names for people, ids for programs."""

import pytest

from backend.accounts.roles import Role
from backend.services.people import People
from tests.support.accounts import Accounts


@pytest.fixture
def accounts():
    return Accounts().service


def test_staff_has_a_name_and_a_farmer_a_masked_address(accounts):
    boss = accounts.add_user("somsri@example.com", Role.ADMIN, "long enough 42", "สมศรี ใจดี")
    farmer = accounts.add_user("dam@example.com", Role.FARMER, "long enough 42", "ดำ")
    people = People(accounts)
    assert (people.called(boss.id), people.called(farmer.id)) == ("สมศรี ใจดี", "d***@example.com")


@pytest.mark.parametrize("who", ["console:root", "rq", "0c6d6ff6-gone", ""])
def test_what_is_no_account_stays_what_it_is(accounts, who):
    assert People(accounts).called(who) == who


def test_the_name_stands_beside_the_id(accounts):
    boss = accounts.add_user("somsri@example.com", Role.APPROVER, "long enough 42", "สมศรี")
    people = People(accounts)
    assert people.named({"by": boss.id, "n": 1}, "by") == {"by": boss.id, "n": 1, "byName": "สมศรี"}
    assert people.named({"by": ""}, "by")["byName"] is None
