"""Who does something to an application, as far as the rules of certification care."""

from dataclasses import dataclass

FARMER, REVIEWER, INSPECTOR, APPROVER, ADMIN = "FARMER", "REVIEWER", "INSPECTOR", "APPROVER", "ADMIN"
STAFF = frozenset({REVIEWER, INSPECTOR, APPROVER, ADMIN})


@dataclass(frozen=True)
class Actor:
    """A person (or SYSTEM) in one role."""

    id: str
    role: str
    email: str = ""
    name: str = ""
    ip: str = ""

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF


SYSTEM = Actor(id="system", role="SYSTEM")
