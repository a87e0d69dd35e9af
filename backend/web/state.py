"""The use cases that a request may call: those that the application was made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

if TYPE_CHECKING:  # gunicorn's master loads this package, and must not load everything under it
    from backend.services import Services

_KEY = "gacp_services"


def attach(app: Flask, services: Services) -> None:
    """Hand the services to every request of `app`."""
    app.extensions[_KEY] = services


def use_cases() -> Services:
    """The services of the application that answers now."""
    return cast("Services", current_app.extensions[_KEY])
