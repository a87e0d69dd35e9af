"""Says once that something is away and once that it is back, and remembers it in between."""

from backend.telemetry.logs import logger

log = logger("worker")


class Outage:
    """One thing that the worker needs: its broker or its ledger."""

    def __init__(self, what: str) -> None:
        self._what = what
        self.error = ""

    def began(self, error: Exception) -> None:
        kind = type(error).__name__
        if kind != self.error:
            self.error = kind
            log.warning("Something that the worker needs is away", what=self._what, error=kind, detail=str(error))

    def ended(self) -> None:
        if self.error:
            self.error = ""
            log.info("The worker takes jobs again", what=self._what)
