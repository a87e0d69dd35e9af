"""Something that must not be shared over a fork, such as a connection: made again in every process."""

import os
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """Makes a thing when it is first asked for, and again in a child process.

    There is no lock, for one that is held during a fork stays locked in the child: two threads that ask first at the same
    moment may both make one, and the later stays.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: tuple[int, T] | None = None

    def get(self) -> T:
        made = self._made
        if made is None or made[0] != os.getpid():
            made = self._made = (os.getpid(), self._make())
        return made[1]
