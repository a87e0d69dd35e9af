"""Says who somebody is whom records know by the id of an account: a name for people, beside the id for programs."""

from collections.abc import Mapping
from typing import Any

from backend.accounts.service import AccountService
from backend.audit.entries import masked_email


class People:
    """Looks accounts up, each once for as long as this object lives. Every method may raise Unavailable."""

    def __init__(self, accounts: AccountService) -> None:
        self._accounts = accounts
        self._known: dict[str, str] = {}

    def called(self, who: str) -> str:
        """The name of staff, the masked address of anybody else; `console:…` and what is no account stay what they are."""
        if not who or ":" in who:
            return who
        if who not in self._known:
            user = self._accounts.find(who)
            own_name = user.name if user is not None and user.is_staff else ""
            self._known[who] = own_name or (masked_email(user.email) if user else "") or who
        return self._known[who]

    def named(self, told: Mapping[str, Any], field: str) -> dict[str, Any]:
        """The same JSON with `<field>Name` behind the id that is in `field`; null where nobody did it."""
        return {**told, f"{field}Name": self.called(told[field]) if told[field] else None}
