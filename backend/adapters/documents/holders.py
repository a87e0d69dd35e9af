"""Names whoever holds something, so that another process of this machine can tell when the holder is certainly gone."""

import os
import sys
import threading
from functools import cache
from pathlib import Path


def holder(instance: str) -> str:
    """This thread, as others read it: machine, process, thread, and the `instance` that tells two holders of one thread apart."""
    pid = os.getpid()
    return "/".join((_machine(), str(pid), _started(pid), str(threading.get_ident()), instance))


def is_gone(name: str) -> bool:
    """Whether that process has ended, as after kill -9. False where nobody can know: on another machine, or without /proc."""
    parts = name.split("/")
    if len(parts) != 5 or not _machine() or parts[0] != _machine():
        return False
    return _started(int(parts[1])) != parts[2]


@cache
def _machine() -> str:
    """One boot of one machine and, in containers, one view of its process numbers; empty where there is no /proc."""
    if sys.platform != "linux":
        return ""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    view = Path("/proc/self/ns/pid").readlink().name
    return f"{boot}-{''.join(filter(str.isdigit, view))}"


def _started(pid: int) -> str:
    """When the process started, in ticks since the boot, as its number may be used again; empty where it has ended."""
    try:
        # The name of the program stands in brackets and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return ""
    ended = fields[0] in ("Z", "X")
    return "" if ended else fields[19]
