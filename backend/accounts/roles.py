"""The roles that an account can have."""

from enum import StrEnum


class Role(StrEnum):
    """One role per account; what each may do is said by the gates of the routes and by the rules of certification."""

    FARMER = "FARMER"
    REVIEWER = "REVIEWER"
    INSPECTOR = "INSPECTOR"
    APPROVER = "APPROVER"
    ADMIN = "ADMIN"


STAFF = frozenset(Role) - {Role.FARMER}


def role_named(text: str) -> Role:
    """The role of that name in any case; raises ValueError that lists the names."""
    try:
        return Role(text.strip().upper())
    except ValueError:
        raise ValueError(f"there is no role {text!r}; choose one of {', '.join(Role)}") from None
