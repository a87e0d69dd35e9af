"""Accounts: who may come in, for how long, and who may not."""

from datetime import timedelta

import pytest

from backend.accounts.errors import EmailTaken
from backend.accounts.passwords import Passwords
from backend.accounts.roles import Role
from backend.errors import InvalidInput, NotFound, NotSignedIn
from tests.support.accounts import Accounts

PASSWORD = "a good long password"


@pytest.fixture
def accounts():
    return Accounts()


def codes(error):
    return {(item.field, item.code) for item in error.value.errors}


def test_registering_makes_a_farmer(accounts):
    user = accounts.service.register("Somchai@Example.com", PASSWORD, "  สมชาย   ใจดี ")

    assert (user.email, user.name, user.role) == ("somchai@example.com", "สมชาย ใจดี", Role.FARMER)
    assert accounts.users.get(user.id) == user


def test_a_missing_name_becomes_the_part_before_the_at_sign(accounts):
    assert accounts.service.register("somchai@example.com", PASSWORD).name == "somchai"


def test_the_same_address_in_other_letters_is_taken(accounts):
    accounts.service.register("somchai@example.com", PASSWORD)

    with pytest.raises(EmailTaken):
        accounts.service.register(" SOMCHAI@example.com\u200b", PASSWORD)


@pytest.mark.parametrize(
    ("email", "password", "name", "problem"),
    [
        ("somchai", PASSWORD, "", ("email", "EMAIL_INVALID")),
        ("som chai@example.com", PASSWORD, "", ("email", "EMAIL_INVALID")),
        ("somchai@example", PASSWORD, "", ("email", "EMAIL_INVALID")),
        ("a@b@example.com", PASSWORD, "", ("email", "EMAIL_INVALID")),
        ("somchai@example.com\r\nBcc: x@example.com", PASSWORD, "", ("email", "EMAIL_INVALID")),
        ("x" * 250 + "@example.com", PASSWORD, "", ("email", "EMAIL_INVALID")),
        ("", PASSWORD, "", ("email", "EMAIL_INVALID")),
        ("somchai@example.com", "seven77", "", ("password", "PASSWORD_LENGTH")),
        ("somchai@example.com", "x" * 129, "", ("password", "PASSWORD_LENGTH")),
        ("somchai@example.com", PASSWORD, "n" * 201, ("name", "NAME_INVALID")),
        ("somchai@example.com", PASSWORD, "bell\x07", ("name", "NAME_INVALID")),
    ],
)
def test_bad_input_is_refused_with_its_field(accounts, email, password, name, problem):
    with pytest.raises(InvalidInput) as error:
        accounts.service.register(email, password, name)

    assert codes(error) == {problem}
    assert accounts.service.list_users() == []


@pytest.mark.parametrize("password", ["eight888", "รหัสผ่าน", "x" * 128])
def test_length_counts_and_composition_does_not(accounts, password):
    accounts.service.register("somchai@example.com", password)

    assert accounts.service.sign_in("somchai@example.com", password).user.email == "somchai@example.com"


def test_a_password_typed_decomposed_is_the_same_password(accounts):
    accounts.service.register("somchai@example.com", "Caf\u00e9 du Nord")

    assert accounts.service.sign_in("somchai@example.com", "Cafe\u0301 du Nord").token


@pytest.mark.parametrize(
    ("email", "password"),
    [("somchai@example.com", "another password"), ("nobody@example.com", PASSWORD), ("not an address", PASSWORD), ("", "")],
)
def test_a_refused_sign_in_never_says_why(accounts, email, password):
    accounts.service.register("somchai@example.com", PASSWORD)

    with pytest.raises(NotSignedIn, match="The e-mail address or the password is wrong"):
        accounts.service.sign_in(email, password)


def test_an_unknown_user_costs_as_much_work_as_a_known_one():
    class Counting(Passwords):
        compared = 0

        def matches(self, password, password_hash):
            self.compared += 1
            return super().matches(password, password_hash)

    passwords = Counting(time_cost=1, memory_cost_kib=64)
    accounts = Accounts(passwords=passwords)

    with pytest.raises(NotSignedIn):
        accounts.service.sign_in("nobody@example.com", PASSWORD)

    assert passwords.compared == 1


def test_a_token_says_who_it_is_until_the_session_ends(accounts):
    user = accounts.service.register("somchai@example.com", PASSWORD)
    token = accounts.service.sign_in("somchai@example.com", PASSWORD).token

    accounts.clock.move(timedelta(hours=12) - timedelta(milliseconds=1))
    assert accounts.service.user_for_token(token) == user

    accounts.clock.move(timedelta(milliseconds=1))
    assert accounts.service.user_for_token(token) is None


@pytest.mark.parametrize("token", ["", "unknown", "x" * 5000, "ก"])
def test_an_unknown_token_is_nobody(accounts, token):
    assert accounts.service.user_for_token(token) is None


def test_signing_out_ends_that_session_and_no_other(accounts):
    accounts.service.register("somchai@example.com", PASSWORD)
    first = accounts.service.sign_in("somchai@example.com", PASSWORD).token
    second = accounts.service.sign_in("somchai@example.com", PASSWORD).token

    accounts.service.sign_out(first)
    accounts.service.sign_out(first)

    assert accounts.service.user_for_token(first) is None
    assert accounts.service.user_for_token(second) is not None


def test_the_store_holds_neither_password_nor_token(accounts):
    accounts.service.register("somchai@example.com", PASSWORD)
    token = accounts.service.sign_in("somchai@example.com", PASSWORD).token

    kept = str([accounts.store.find(name) for name in ("users", "sessions", "sign_in_attempts")])

    assert PASSWORD not in kept
    assert token not in kept
    assert "$argon2id$" in kept


def test_a_new_password_ends_every_session(accounts):
    accounts.service.register("somchai@example.com", PASSWORD)
    token = accounts.service.sign_in("somchai@example.com", PASSWORD).token

    accounts.service.set_password("SOMCHAI@example.com", "another password")

    assert accounts.service.user_for_token(token) is None
    assert accounts.service.sign_in("somchai@example.com", "another password").token
    with pytest.raises(NotSignedIn):
        accounts.service.sign_in("somchai@example.com", PASSWORD)


def test_nobody_has_no_password_to_set(accounts):
    with pytest.raises(NotFound):
        accounts.service.set_password("nobody@example.com", PASSWORD)


def test_signing_in_clears_away_sessions_that_are_over(accounts):
    accounts.service.register("somchai@example.com", PASSWORD)
    accounts.service.sign_in("somchai@example.com", PASSWORD)
    accounts.clock.move(timedelta(hours=13))

    accounts.service.sign_in("somchai@example.com", PASSWORD)

    assert accounts.store.count("sessions") == 1


def test_a_hash_of_old_parameters_is_renewed_at_sign_in():
    accounts = Accounts(passwords=Passwords(time_cost=2, memory_cost_kib=64))
    old = Passwords(time_cost=1, memory_cost_kib=64).hash(PASSWORD)
    user = accounts.service.register("somchai@example.com", PASSWORD)
    accounts.store.set_fields("users", user.id, {"password_hash": old})

    accounts.service.sign_in("somchai@example.com", PASSWORD)

    assert "t=2" in accounts.users.by_email("somchai@example.com").password_hash
    assert accounts.service.sign_in("somchai@example.com", PASSWORD).token


def test_the_administrator_of_the_environment_exists_and_can_sign_in(accounts):
    accounts.service.ensure_admin("Admin@example.com", PASSWORD)
    accounts.service.ensure_admin("Admin@example.com", PASSWORD)

    assert [user.role for user in accounts.service.list_users()] == [Role.ADMIN]
    assert accounts.service.sign_in("admin@example.com", PASSWORD).user.is_staff


def test_the_environment_is_the_truth_about_its_administrator(accounts):
    accounts.service.register("admin@example.com", "what it used to be")

    accounts.service.ensure_admin("admin@example.com", PASSWORD)

    assert accounts.service.sign_in("admin@example.com", PASSWORD).user.role is Role.ADMIN


def test_an_administrator_who_is_unchanged_stays_signed_in(accounts):
    accounts.service.ensure_admin("admin@example.com", PASSWORD)
    token = accounts.service.sign_in("admin@example.com", PASSWORD).token

    accounts.service.ensure_admin("admin@example.com", PASSWORD)

    assert accounts.service.user_for_token(token) is not None


def test_the_demonstration_has_one_account_of_each_role(accounts):
    accounts.service.ensure_demo()
    accounts.service.ensure_demo()

    assert {user.role for user in accounts.service.list_users()} == set(Role)
    assert len(accounts.service.list_users()) == len(Role)


def test_a_closed_account_can_neither_sign_in_nor_stay(accounts):
    user = accounts.service.register("somchai@example.com", PASSWORD)
    token = accounts.service.sign_in("somchai@example.com", PASSWORD).token
    accounts.store.set_fields("users", user.id, {"is_active": False})

    assert accounts.service.user_for_token(token) is None
    with pytest.raises(NotSignedIn):
        accounts.service.sign_in("somchai@example.com", PASSWORD)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_but_farmers_is_staff(accounts, role):
    user = accounts.service.add_user("somchai@example.com", role, PASSWORD)

    assert user.is_staff is (role is not Role.FARMER)


def test_what_others_see_of_a_user_has_no_hash(accounts):
    user = accounts.service.register("somchai@example.com", PASSWORD, "สมชาย")

    assert user.to_json() == {"id": user.id, "email": "somchai@example.com", "name": "สมชาย", "role": "FARMER"}
