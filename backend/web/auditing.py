"""Puts an administrator's requests into the audit: one place for all routes, asked for by the `act` of their `Endpoint`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from flask import g

from backend.audit.actions import Action
from backend.audit.entries import Who
from backend.audit.trail import Act
from backend.web.current_user import client_ip, current_account
from backend.web.state import use_cases

EVERYTHING = "all"
_KEY = "gacp_act"


@contextmanager
def audited(action: Action, path: Mapping[str, str], body: Any = None) -> Iterator[None]:
    """The route does this act: to what its path names, for the `reason` in its body. Raises Unavailable, and nothing is done."""
    target = "/".join(path.values()) or EVERYTHING
    with use_cases().audit.acting(action, who_asks(), target=target, reason=getattr(body, "reason", None) or "") as act:
        setattr(g, _KEY, act)
        yield


def current_act() -> Act:
    """The act that this request is; its handler adds what was before and after, and the target where the path does not name it."""
    return cast("Act", getattr(g, _KEY))


def who_asks() -> Who:
    """The user who asks, as the audit knows people; raises NotSignedIn."""
    user = current_account()
    return Who(id=user.id, role=user.role.value, email=user.email, origin=client_ip())
