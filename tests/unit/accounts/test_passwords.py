"""Password hashes: the OWASP profile, and no match without a hash."""

import pytest

from backend.accounts.passwords import Passwords


def test_the_default_is_the_owasp_profile():
    hashed = Passwords().hash("a good long password")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not Passwords().outdated(hashed)


def test_only_the_same_password_matches():
    passwords = Passwords(time_cost=1, memory_cost_kib=64)
    hashed = passwords.hash("a good long password")

    assert passwords.matches("a good long password", hashed)
    assert not passwords.matches("a good long passwore", hashed)
    assert passwords.hash("a good long password") != hashed


@pytest.mark.parametrize("kept", [None, "", "not a hash"])
def test_without_a_hash_nothing_matches(kept):
    passwords = Passwords(time_cost=1, memory_cost_kib=64)

    assert not passwords.matches("somebody who does not exist", kept)
