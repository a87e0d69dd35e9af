"""Puts the acts of the console into the audit: who sits at it, on which machine, and what came of it."""

import os
import pwd
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from backend import context
from backend.audit.actions import Action
from backend.audit.entries import Who
from backend.audit.trail import Act

EVERYTHING = "all"


@contextmanager
def acting(command: click.Context, action: Action, *, target: str | None = None, reason: str = "", before: Any = None) -> Iterator[Act]:
    """The act of a command, from the moment at which it was confirmed. Raises Unavailable, and nothing is done."""
    with context.bind(requestId=context.request_id() or context.new_request_id()):
        trail = command.obj.services().audit
        with trail.acting(action, console_user(), target=target or EVERYTHING, reason=reason, before=before) as act:
            yield act


def console_user() -> Who:
    """The user of the operating system whose process this is: variables could say anything."""
    user = os.getuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:  # as in a container that runs under a number
        name = str(user)
    return Who(id=f"console:{name}", role="console", origin=socket.gethostname())
