"""Looks up the address of a host in a thread of its own, so that a resolver that hangs keeps nobody waiting."""

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

GOOD_FOR_S = 30.0
LookUp = Callable[[str, int], Sequence[Any]]


class Resolver:
    """Answers are good for half a minute, and longer where no better one comes in time: servers rarely move.

    `look_up` is asked in at most one thread per host, and answers as `socket.getaddrinfo` does.
    """

    def __init__(self, look_up: LookUp = socket.getaddrinfo, *, now: Callable[[], float] = time.monotonic) -> None:
        self._look_up = look_up
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], tuple[float, list[str]]] = {}
        self._asked: dict[tuple[str, int], Future[list[str]]] = {}

    def addresses(self, host: str, port: int, within_s: float | None) -> list[str]:
        """The numeric addresses, the best first. Raises TimeoutError where none is known in time, and what the look-up raises."""
        if _is_numeric(host):
            return [host]
        key = (host, port)
        known_at, known = self._known.get(key, (0.0, []))
        if known and self._now() < known_at + GOOD_FOR_S:
            return known
        try:
            return self._ask(key).result(within_s)
        except OSError as error:
            if known:
                return known
            if isinstance(error, TimeoutError):
                raise TimeoutError(f"The address of {host} is not known in time") from error
            raise

    def _ask(self, key: tuple[str, int]) -> "Future[list[str]]":
        with self._lock:
            if key not in self._asked:
                self._asked[key] = Future()
                threading.Thread(target=self._answer, args=(key, self._asked[key]), name="resolver", daemon=True).start()
            return self._asked[key]

    def _answer(self, key: tuple[str, int], future: "Future[list[str]]") -> None:
        try:
            found = list(dict.fromkeys(str(each[4][0]) for each in self._look_up(*key)))
        except (OSError, UnicodeError) as error:
            self._end(key)
            future.set_exception(error if isinstance(error, OSError) else OSError(f"{key[0]} is no name of a host"))
            return
        self._known[key] = (self._now(), found)
        self._end(key)
        future.set_result(found)

    def _end(self, key: tuple[str, int]) -> None:
        with self._lock:
            self._asked.pop(key, None)


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
