"""Who may enter: every route stands behind a gate, and one without a gate is closed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint, Flask, request

from backend.accounts.roles import STAFF, Role
from backend.errors import NotAllowed, NotSignedIn
from backend.web.current_user import visitor

View = TypeVar("View", bound=Callable[..., Any])
_KEY = "gacp_gates"


@dataclass(frozen=True)
class Gate:
    """`roles` may enter; None means anybody, signed in or not."""

    name: str
    roles: frozenset[Role] | None

    def __str__(self) -> str:
        return "anyone" if self.roles is None else ", ".join(sorted(self.roles))

    @property
    def schemes(self) -> tuple[str, ...]:
        """The security schemes of the OpenAPI document of which one opens it."""
        return () if self.roles is None else ("bearer", "cookie")

    def check(self) -> None:
        """Raises NotSignedIn or NotAllowed."""
        if self.roles is None:
            return
        found = visitor()
        if found is None:
            raise NotSignedIn("Sign in first / โปรดเข้าสู่ระบบก่อน")
        if found.user.role not in self.roles:
            raise NotAllowed(f"This needs the role {' or '.join(sorted(self.roles))} / บัญชีของคุณไม่มีสิทธิ์ทำรายการนี้")


public = Gate("public", None)
signed_in = Gate("signed_in", frozenset(Role))
staff = Gate("staff", STAFF)


def roles(*allowed: Role) -> Gate:
    """The gate for exactly these roles."""
    return Gate("roles", frozenset(allowed))


def gate(of: Gate) -> Callable[[View], View]:
    """Put one view behind its own gate, instead of its blueprint's."""

    def mark(view: View) -> View:
        view.__gate__ = of  # type: ignore[attr-defined]
        return view

    return mark


def mount(app: Flask, blueprint: Blueprint, of: Gate | None = None, *, views: Mapping[str, Gate] | None = None) -> None:
    """Register a blueprint together with the gate of its views.

    `views` gives single views (by the name without the blueprint, such as `static`) another gate. Without a gate, each
    view has to bring its own.
    """
    app.register_blueprint(blueprint)
    table = app.extensions.setdefault(_KEY, {})
    if of is not None:
        table[blueprint.name] = of
    table.update({f"{blueprint.name}.{name}": chosen for name, chosen in (views or {}).items()})


def gate_of(app: Flask, endpoint: str) -> Gate | None:
    """The gate that an endpoint stands behind, or None where somebody forgot it."""
    table: dict[str, Gate] = app.extensions.get(_KEY, {})
    own: Gate | None = getattr(app.view_functions.get(endpoint), "__gate__", None)
    return own or table.get(endpoint) or table.get(endpoint.rpartition(".")[0])


def ungated(app: Flask) -> list[str]:
    """The endpoints of the route map that have no gate: there should be none."""
    return sorted({rule.endpoint for rule in app.url_map.iter_rules() if gate_of(app, rule.endpoint) is None})


def install(app: Flask) -> None:
    """Check the gate before every request that has a route."""

    @app.before_request
    def enforce() -> None:
        if request.endpoint is None:
            return
        chosen = gate_of(app, request.endpoint)
        if chosen is None:
            raise NotAllowed("This route is closed: it has no gate")
        chosen.check()
