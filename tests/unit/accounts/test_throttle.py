"""Guessing passwords gets slower, and slow only for who guesses."""

from datetime import timedelta

import pytest

from backend.accounts.errors import EmailTaken, TooManyAttempts
from backend.accounts.throttle import WINDOW, Limits
from backend.errors import NotSignedIn
from tests.support.accounts import Accounts

PASSWORD = "a good long password"
SOMCHAI = "somchai@example.com"


@pytest.fixture
def accounts():
    accounts = Accounts(limits=Limits(per_address_and_ip=3, per_ip=5, registrations_per_ip=2))
    accounts.service.register(SOMCHAI, PASSWORD)
    return accounts


def fail(accounts, times, *, email=SOMCHAI, ip="10.0.0.1"):
    for _ in range(times):
        with pytest.raises(NotSignedIn):
            accounts.service.sign_in(email, "a wrong password", ip=ip)


def test_after_the_limit_even_the_right_password_waits(accounts):
    fail(accounts, 3)

    with pytest.raises(TooManyAttempts) as refused:
        accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1")

    assert 0 < refused.value.retry_after <= WINDOW.total_seconds()


def test_the_wait_ends_with_the_window_it_names(accounts):
    fail(accounts, 3)
    with pytest.raises(TooManyAttempts) as refused:
        accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1")

    accounts.clock.move(timedelta(seconds=refused.value.retry_after))

    assert accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1").token


def test_others_at_another_place_are_not_held_up(accounts):
    fail(accounts, 3)

    assert accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.2").token


def test_one_place_cannot_try_many_addresses(accounts):
    for number in range(5):
        fail(accounts, 1, email=f"user{number}@example.com")

    with pytest.raises(TooManyAttempts):
        accounts.service.sign_in("user9@example.com", PASSWORD, ip="10.0.0.1")


def test_a_malformed_address_counts_once_against_the_place(accounts):
    fail(accounts, 3, email="not an address")
    with pytest.raises(TooManyAttempts):
        accounts.service.sign_in("not an address", PASSWORD, ip="10.0.0.1")

    assert accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1").token


def test_success_forgets_the_failures(accounts):
    for _ in range(3):
        fail(accounts, 2)
        accounts.clock.move(WINDOW)
    fail(accounts, 2)
    accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1")
    fail(accounts, 2)

    assert accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1").token


def test_successes_are_not_held_against_a_place(accounts):
    for _ in range(20):
        accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1")

    assert accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1").token


def test_windows_that_are_over_are_forgotten(accounts):
    fail(accounts, 3)
    accounts.clock.move(2 * WINDOW)

    accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1")

    assert accounts.store.count("sign_in_attempts") == 1


def test_one_place_makes_so_many_accounts_and_no_more_until_the_window_ends(accounts):
    accounts.service.register("first@example.com", PASSWORD, ip="10.0.0.1")
    accounts.service.register("second@example.com", PASSWORD, ip="10.0.0.1")

    with pytest.raises(TooManyAttempts, match="registrations") as refused:
        accounts.service.register("third@example.com", PASSWORD, ip="10.0.0.1")
    assert accounts.service.find_by_email("third@example.com") is None

    assert accounts.service.register("elsewhere@example.com", PASSWORD, ip="10.0.0.2").email == "elsewhere@example.com"
    accounts.clock.move(timedelta(seconds=refused.value.retry_after))
    assert accounts.service.register("third@example.com", PASSWORD, ip="10.0.0.1").email == "third@example.com"


def test_refused_registrations_count_too_as_they_tell_which_addresses_are_taken(accounts):
    for _ in range(2):
        with pytest.raises(EmailTaken):
            accounts.service.register(SOMCHAI, PASSWORD, ip="10.0.0.1")

    with pytest.raises(TooManyAttempts):
        accounts.service.register(SOMCHAI, PASSWORD, ip="10.0.0.1")


def test_registrations_do_not_hold_up_signing_in(accounts):
    for number in range(2):
        accounts.service.register(f"user{number}@example.com", PASSWORD, ip="10.0.0.1")
    with pytest.raises(TooManyAttempts):
        accounts.service.register("more@example.com", PASSWORD, ip="10.0.0.1")

    assert accounts.service.sign_in(SOMCHAI, PASSWORD, ip="10.0.0.1").token
