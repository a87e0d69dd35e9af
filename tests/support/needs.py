"""What a test needs of the machine: on a laptop its absence skips the test, in CI it fails."""

import os
import shutil

import pytest


def need(condition: object, reason: str) -> None:
    """Go on where `condition` holds; otherwise skip with `reason`, or fail where the variable CI says that nothing may be missing."""
    if condition:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{reason} (CI is set, so nothing may be missing)")
    pytest.skip(reason)


def need_chromium() -> str:
    """The path of the browser for page tests."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    need(path, "Chromium is not installed: apt-get install chromium")
    return path or ""
