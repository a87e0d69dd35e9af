"""Passwords: how they are checked, hashed and compared."""

import unicodedata
from functools import cached_property
from typing import TYPE_CHECKING

from backend.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_LENGTH = 8
MAX_LENGTH = 128  # a limit, so that nobody makes the server hash megabytes


class Passwords:
    """Argon2id with the OWASP profile (19 MiB, 2 passes, 1 lane), about 50 to 100 ms per hash."""

    def __init__(self, *, time_cost: int = 2, memory_cost_kib: int = 19 * 1024, parallelism: int = 1) -> None:
        self._cost = (time_cost, memory_cost_kib, parallelism)

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        from argon2 import PasswordHasher  # noqa: PLC0415 - a worker signs nobody in

        return PasswordHasher(*self._cost)

    def hash(self, password: str) -> str:
        """The hash to keep; raises InvalidInput for `password` where it is too short or too long.

        Length counts, composition does not (NIST SP 800-63B, section 3.1.1.2).
        """
        plain = _normalise(password)
        if not MIN_LENGTH <= len(plain) <= MAX_LENGTH:
            message = f"รหัสผ่านต้องมี {MIN_LENGTH} ถึง {MAX_LENGTH} ตัวอักษร / Choose a password of {MIN_LENGTH} to {MAX_LENGTH} characters"
            raise InvalidInput("The password is not valid", errors=(FieldError("password", message, "PASSWORD_LENGTH"),))
        return self._hasher.hash(plain)

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password of that hash; none (no such user) takes just as long and is never a match."""
        from argon2.exceptions import InvalidHashError, VerifyMismatchError  # noqa: PLC0415

        plain = _normalise(password[: MAX_LENGTH * 4])
        try:
            self._hasher.verify(password_hash or self._decoy, plain)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return bool(password_hash)

    def outdated(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash("somebody who does not exist")


def _normalise(password: str) -> str:
    """NFC: a phone and a laptop may compose the same Thai letters differently."""
    return unicodedata.normalize("NFC", password)
