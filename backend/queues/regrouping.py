"""Puts the dead letters of versions that knew no causes under theirs: once, by itself, and in steps that hold nothing else up."""

from collections.abc import Iterator

from backend.queues.cause_book import CauseBook
from backend.telemetry.logs import logger

log = logger("queues.causes")


class Regrouping:
    """For the process that leads. One that ends half-way leaves nothing wrong: the next begins anew."""

    def __init__(self, book: CauseBook) -> None:
        self._book = book
        self._done = False
        self._steps: Iterator[tuple[int, int]] | None = None
        self._found = (0, 0)

    def go_on(self) -> bool:
        """Do one step, where one is left; False once all is done, when nobody is asked. May raise Unavailable: then it begins anew."""
        if not self._done and self._steps is None:
            self._done = self._book.is_regrouped()
        if self._done:
            return False
        steps, self._steps = self._steps or self._book.regrouping(), None  # one that raises is at its end, and not to be taken for done
        step = next(steps, None)
        self._done = step is None
        if step is not None:
            self._steps, self._found = steps, step
        elif self._found[0]:
            log.info("Dead letters of older versions are under their causes", looked_at=self._found[0], causes=self._found[1])
        return not self._done
