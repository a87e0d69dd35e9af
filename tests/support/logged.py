"""The log as a process writes it, read back."""

import json
import logging
import sys
import threading
import warnings
from contextlib import contextmanager

import structlog

from backend.telemetry import logs


@contextmanager
def logged(capsys):
    """Lines are written as in production; gives a function that returns what was written since it was called last, parsed."""
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    logs.configure(json=True)
    try:
        yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning = hooks
        logs.configure(json=True, level="DEBUG")
        structlog.configure(**before)
        root.handlers[:] = handlers
        root.setLevel(level)
