"""How the C library keeps memory for the threads of a worker: in few stores, and no longer than it is used."""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_ARENA_MAX = -1, -8
ARENAS = 2
"""Instead of eight for each processor; threads that hold the interpreter's lock seldom ask at the same time."""
TRIM_FROM = 128 * 1024


def keep_little() -> None:
    """For the whole process, and before its threads are made. Does nothing where the C library is not GNU's."""
    libc = ctypes.CDLL(None)
    if sys.platform == "linux" and hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, ARENAS)
        libc.mallopt(_M_TRIM_THRESHOLD, TRIM_FROM)


def give_back() -> None:
    """Free pages in the middle of the stores, too: where modules had to be compiled, a start leaves megabytes of them behind."""
    libc = ctypes.CDLL(None)
    if sys.platform == "linux" and hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
