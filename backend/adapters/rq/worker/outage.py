"""Says once that something is away and once that it is back, and remembers it in between.

In a worker the turns speak for the broker and the bookkeeper for the ledger: each of them waits for it, and takes jobs again when it is
back. Whoever else asks these servers tells them, or only looks on (`noticed`), so that one outage has one line and its end another.
"""

from backend.telemetry.logs import logger

log = logger("worker")


class Outage:
    """One thing that the worker needs: its broker or its ledger. `error` is the class of what was raised last; empty where all is well."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._looks_in_vain = 0
        self.error = ""

    def began(self, error: Exception) -> None:
        is_news, self.error = not self.error, type(error).__name__
        if is_news:
            log.warning("Something that the worker needs is away", what=self._what, error=self.error, detail=str(error))

    def noticed(self, error: Exception, *, is_told: bool) -> None:
        """The same by who looks on: said only where a second look is in vain, too, and nobody else has told of an outage by then."""
        self._looks_in_vain += 1
        if self._looks_in_vain > 1 and not is_told:
            self.began(error)

    def ended(self) -> None:
        self._looks_in_vain = 0
        if self.error:
            self.error = ""
            log.info("The worker takes jobs again", what=self._what)
