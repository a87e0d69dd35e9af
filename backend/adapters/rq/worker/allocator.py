"""How a worker keeps little memory: few stores for its threads, none longer than used, and no code that only its start needed."""

import ctypes
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_M_TRIM_THRESHOLD, _M_ARENA_MAX = -1, -8
_MADV_DONTNEED = 4
ARENAS = 2
"""Instead of eight for each processor; threads that hold the interpreter's lock seldom ask at the same time."""
TRIM_FROM = 128 * 1024
_MAPPED = Path("/proc/self/smaps")


def keep_little() -> None:
    """For the whole process, and before its threads are made. Does nothing where the C library is not GNU's."""
    libc = ctypes.CDLL(None)
    if sys.platform == "linux" and hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, ARENAS)
        libc.mallopt(_M_TRIM_THRESHOLD, TRIM_FROM)


def give_back() -> None:
    """What the start of the process took and nobody uses: free pages in the middle of the stores, and code.

    Compiling modules leaves megabytes of the first behind. Of the second (interpreter, OpenSSL, pydantic) a start maps 17 MiB and a
    worker goes on with 6: the system keeps those files in its own memory, and maps a page again at its first touch.
    Does nothing where the system is not Linux.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    with _MAPPED.open(encoding="ascii", errors="replace") as lines:
        unchanged = list(_unchanged(lines))
    for begin, end in unchanged:
        libc.madvise(begin, end - begin, _MADV_DONTNEED)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def _unchanged(lines: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Begin and end of what is mapped from files, cannot be written, and was not when it was loaded: it is what its file holds."""
    begin = end = 0
    from_file = False
    for words in map(str.split, lines):
        if "-" in words[0]:
            (begin, end), from_file = (int(address, 16) for address in words[0].split("-")), "w" not in words[1] and words[4] != "0"
        elif words[0] == "Anonymous:" and words[1] == "0" and from_file:
            yield begin, end
