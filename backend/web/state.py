"""The use cases that a request may call: those that the application was made with."""

from typing import cast

from flask import Flask, current_app

from backend.services import Services

_KEY = "gacp_services"


def attach(app: Flask, services: Services) -> None:
    """Hand the services to every request of `app`."""
    app.extensions[_KEY] = services


def use_cases() -> Services:
    """The services of the application that answers now."""
    return cast("Services", current_app.extensions[_KEY])
