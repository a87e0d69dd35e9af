"""Ends what runs in a thread of this process, from another: when its time is over, or when somebody wants it stopped."""

import ctypes
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import NamedTuple, Self

from msgspec import Struct

from backend.queues.errors import JobCancelled, JobTimedOut

GRACE_S = 5.0
"""So long a block may take to end once it was told to. What takes longer hangs in a call that no exception reaches."""
_ENDS = (JobTimedOut, JobCancelled)


class Overdue(NamedTuple):
    """A block that was told to end and does not: in which thread, since when (monotonic seconds), and why."""

    thread: int
    told_at: float
    error: BaseException


class Limits:
    """The time limits of all threads of a process; `limit` is a `backend.queues.ports.TimeLimit`.

    The interpreter raises the exception in the thread before its next step in Python; a call into C, `time.sleep` among them,
    goes on until it returns. Whose time is over ends with JobTimedOut even if it swallows the exception and returns.
    """

    def __init__(self, *, grace_s: float = GRACE_S, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._grace_s = grace_s
        self._monotonic = monotonic
        self._open: dict[_Block, None] = {}
        self._told: dict[_Block, None] = {}
        self._innermost: dict[int, _Block] = {}
        self._wakes_at = math.inf
        # Its `put` is one step in C. What is written in Python, as threading.Event is, an exception may leave locked for ever.
        self._nearer: SimpleQueue[None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def limit(self, milliseconds: int) -> "_Block":
        """A block for a `with` that is ended after so many milliseconds, or by `stop`; 0 means no limit."""
        return _Block(self, milliseconds)

    def stop(self, thread: int, error: BaseException, *, only_if: Callable[[], bool] = lambda: True) -> bool:
        """Raise the error in the outermost block that is open in that thread; False where none is. For other threads than that.

        `only_if` is asked once the block is chosen: what it says of the thread is true of that block, or of none after it.
        """
        block = self._innermost.get(thread)
        return block is not None and only_if() and self._tell([block, *block.around()][-1], error)

    def overdue(self) -> Sequence[Overdue]:
        """The blocks that were told to end longer than the grace ago."""
        latest = self._monotonic() - self._grace_s
        return [Overdue(block.thread, block.told_at, block.error) for block in list(self._told) if block.error and block.told_at <= latest]

    def enter(self, block: "_Block") -> None:
        thread = block.thread = threading.get_ident()
        outer = self._innermost.get(thread)
        if outer is not None and outer.fate:
            # It was told to end, and its exception may have come before it was left.
            self._forget(outer)
            outer = None
        block.outer = outer
        block.deadline = self._monotonic() + block.milliseconds / 1000 if block.milliseconds else math.inf
        self._innermost[thread] = block
        self._open[block] = None
        if block.deadline < self._wakes_at:
            self._watch()

    def leave(self, block: "_Block") -> BaseException | None:
        """Close the block; why it was told to end, where it was. No exception of its own comes after this."""
        if self._innermost.get(block.thread) is block and block.decide(None) is None:
            self._open.pop(block, None)
            self._uncover(block)
            return None
        return self._leave_with_care(block)

    def _leave_with_care(self, block: "_Block") -> BaseException | None:
        """It was told to end, or an exception cut off the end of a block inside of it: nothing may come of either after this."""
        each: _Block | None = self._innermost.get(block.thread, block)
        told = False
        while each is not None:
            if each.decide(None) is not None:
                while not each.is_told:
                    time.sleep(0)  # another thread has decided to raise and is about to
                told = True
            self._forget(each)
            each = None if each is block else each.outer
        if told:
            _clear(block.thread)
        self._forget(block)
        self._uncover(block)
        return block.error or next((outer.error for outer in block.around() if outer.error), None)

    def _forget(self, block: "_Block") -> None:
        self._open.pop(block, None)
        self._told.pop(block, None)

    def _uncover(self, block: "_Block") -> None:
        """The block around this one is the innermost again."""
        if block.outer is None:
            self._innermost.pop(block.thread, None)
        else:
            self._innermost[block.thread] = block.outer

    def _tell(self, block: "_Block", error: BaseException) -> bool:
        self._open.pop(block, None)
        if block.decide(error) is not error:
            return False
        block.told_at = self._monotonic()
        self._told[block] = None
        _raise_in(block.thread, error)
        block.is_told = True
        return True

    def _watch(self) -> None:
        self._nearer.put(None)
        if self._thread is None or not self._thread.is_alive():
            with self._starting:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._loop, name="worker-limits", daemon=True)
                    self._thread.start()

    def _loop(self) -> None:
        while True:
            self._wakes_at = math.inf  # whoever enters from now on rings, until the new time is known
            open_now = list(self._open)
            self._wakes_at = min((block.deadline for block in open_now), default=math.inf)
            now = self._monotonic()
            for block in open_now:
                if block.deadline <= now:
                    self._tell(block, JobTimedOut(block.milliseconds))
            if self._wakes_at > now:
                with suppress(Empty):
                    self._nearer.get(timeout=None if math.isinf(self._wakes_at) else self._wakes_at - now)


class _Block(Struct, eq=False):
    """One `with` block; compared and hashed by identity."""

    limits: Limits
    milliseconds: int
    deadline: float = math.inf
    thread: int = 0
    outer: "_Block | None" = None
    told_at: float = 0.0
    fate: dict[str, BaseException | None] = {}  # one step of a dict is atomic: no job waits for a lock
    is_told: bool = False

    def decide(self, error: BaseException | None) -> BaseException | None:
        """Whoever comes first decides how the block ends: its own thread (None), or who tells it to; the answer is what was decided."""
        return self.fate.setdefault("end", error)

    @property
    def error(self) -> BaseException | None:
        """Why it was told to end, where it was."""
        return self.fate.get("end")

    def around(self) -> Iterator["_Block"]:
        """The blocks around this one, the next first."""
        outer = self.outer
        while outer is not None:
            yield outer
            outer = outer.outer

    def __enter__(self) -> Self:
        self.limits.enter(self)
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None) -> None:
        told = self.limits.leave(self)
        if told is not None and not isinstance(error, _ENDS):
            raise told from error


def _raise_in(thread: int, error: BaseException) -> None:
    """The interpreter takes a class for this and calls it without arguments: one is made that says what the error says."""
    kind = type(error)

    def say_the_same(self: BaseException) -> None:
        BaseException.__init__(self, *error.args)

    said = type(kind.__name__, (kind,), {"__init__": say_the_same, "__module__": kind.__module__})
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(said))


def _clear(thread: int) -> None:
    """Take back an exception that has not come yet."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None)
