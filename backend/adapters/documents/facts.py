"""What a document store says of itself, for whoever looks whether it is fit to keep what was accepted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoreFacts:
    """One look. `there` is False where it has not been made yet. `ahead_s` is how far its clock goes before this machine's; None
    where it has none of its own. `turn_ms` is how long a writer waits for its turn. Sizes are bytes; `notes` are for people."""

    product: str
    version: str
    there: bool = True
    round_trip_ms: float = 0.0
    turn_ms: float | None = None
    ahead_s: float | None = None
    size: int = 0
    takes_writes: bool = True
    replicated: bool | None = None
    notes: tuple[str, ...] = ()
