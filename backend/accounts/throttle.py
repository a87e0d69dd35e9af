"""Slows down whoever guesses passwords or makes accounts by the dozen."""

from dataclasses import dataclass
from datetime import timedelta

from backend.accounts.errors import TooManyAttempts
from backend.accounts.ports import AttemptCounter
from backend.clock import Clock

WINDOW = timedelta(minutes=15)
_SIGN_INS = "Too many failed sign-ins; wait before you try again / ลองเข้าสู่ระบบผิดหลายครั้ง โปรดรอสักครู่แล้วลองใหม่"
_REGISTRATIONS = "Too many registrations from here; wait before you try again / มีการลงทะเบียนจากที่นี่หลายครั้ง โปรดรอสักครู่แล้วลองใหม่"


@dataclass(frozen=True)
class Limits:
    """Attempts allowed per window of 15 minutes: of sign-ins only the failed ones count, of registrations all.

    A training day in a village hall registers many farmers behind one address; a script makes thousands.
    """

    per_address_and_ip: int = 10
    per_ip: int = 100
    registrations_per_ip: int = 30


class Throttle:
    """Counts before the password is looked at, so that parallel guesses do not slip through."""

    def __init__(self, counter: AttemptCounter, clock: Clock, limits: Limits | None = None) -> None:
        self._counter = counter
        self._clock = clock
        self._limits = limits or Limits()

    def attempt(self, email: str, ip: str) -> None:
        """Note a sign-in; raises TooManyAttempts over a limit."""
        for key, limit in self._keys(email, ip):
            self._hit(key, limit, _SIGN_INS)

    def registration(self, ip: str) -> None:
        """Note a registration, whether it will succeed or not; raises TooManyAttempts over the limit."""
        self._hit(f"register|{ip}", self._limits.registrations_per_ip, _REGISTRATIONS)

    def succeeded(self, email: str, ip: str) -> None:
        """The person was who they said: forget the failures with this address from here, and do not count this one."""
        now = self._clock.now()
        self._counter.clear(_pair(email, ip), now, WINDOW)
        self._counter.forgive(_ip(ip), now, WINDOW)
        self._counter.delete_expired(now)

    def _hit(self, key: str, limit: int, message: str) -> None:
        now = self._clock.now()
        if self._counter.hit(key, now, WINDOW) > limit:
            raise TooManyAttempts(message, retry_after=WINDOW.total_seconds() - now.timestamp() % WINDOW.total_seconds())

    def _keys(self, email: str, ip: str) -> tuple[tuple[str, int], ...]:
        return (_pair(email, ip), self._limits.per_address_and_ip), (_ip(ip), self._limits.per_ip)


def _pair(email: str, ip: str) -> str:
    return f"pair|{email}|{ip}"


def _ip(ip: str) -> str:
    return f"ip|{ip}"
