"""How a web process leaves: readiness fails first, the requests under way finish, then the connections are closed."""

import signal
from collections.abc import Callable
from types import FrameType


def before_stopping(tell: Callable[[], None]) -> None:
    """Call `tell` when SIGTERM comes, before the handler that is in place now; `tell` must be safe in a signal handler."""
    then = signal.getsignal(signal.SIGTERM)

    def leave(signum: int, frame: FrameType | None) -> None:
        tell()
        if callable(then):
            then(signum, frame)

    signal.signal(signal.SIGTERM, leave)
