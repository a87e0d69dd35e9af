"""Gives something that may hang only so much time."""

import threading
from collections.abc import Callable


def briefly(call: Callable[[], object], seconds: float) -> bool:
    """Do it, and wait for that at most so long; whether it was done. What goes on after it ends with the process."""
    thread = threading.Thread(target=call, name="worker-last-words", daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
