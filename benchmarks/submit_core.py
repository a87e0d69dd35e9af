"""How long one submission takes at the door of the queues, by what waits already and with Redis away."""

import sys
import tempfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from backend.adapters.documents.queue_parts import COLLECTIONS, queue_parts
from backend.adapters.embedded.valkey import serving
from backend.adapters.rq.broker import RqBroker
from backend.adapters.sqlite.store import SqliteStore
from backend.clock import SystemClock
from backend.queues.jobs import job
from backend.queues.middleware import MiddlewareList
from backend.queues.platform import QueuePlatform, assemble
from backend.queues.ports import Ticket
from backend.queues.registry import Registry
from backend.settings import load
from benchmarks.table import Row, measure, show

BACKLOGS = (0, 10_000, 100_000)
CHUNK = 5_000


class Nothing(BaseModel):
    """No payload."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@job(queue="aiQc", payload=Nothing)
def do_nothing(payload: Nothing, services: object, context: object) -> None:
    """Nothing at all."""


def platform_at(url: str, folder: Path) -> QueuePlatform:
    """A platform on embedded servers."""
    store = SqliteStore(folder / "documents.db")
    store.ensure(*COLLECTIONS)
    platform = assemble(
        load(GACP_ENV="test", ENABLE_QUEUE="true"),
        clock=SystemClock(),
        registry=Registry(do_nothing),
        broker=RqBroker.open(url, deadline_ms=1_000),
        middleware=MiddlewareList([]),
        **queue_parts(store),
    )
    platform.use(object())
    return platform


def fill(platform: QueuePlatform, start: int, end: int) -> None:
    """Bring Redis to that many waiting tickets, over eight priorities."""
    for first in range(start, end, CHUNK):
        numbers = range(first, min(first + CHUNK, end))
        platform.outside.broker.hand_over([Ticket(f"filler-{number}", "do_nothing", "aiQc", priority=number % 8) for number in numbers])


def main() -> int:
    """Print the table; 1 where a limit was not kept."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "valkey") as url:
        platform = platform_at(url, Path(name))
        submit = platform.service.submit
        for before, backlog in zip((0, *BACKLOGS), BACKLOGS, strict=False):
            fill(platform, before, backlog)
            rows.append(measure(f"submit, {backlog:,} waiting", lambda: submit(do_nothing, {}), limit=0.05))
        rows.append(measure("submit with priority 1", lambda: submit(do_nothing, {}, priority=1), limit=0.05))
        rows.append(measure("stats", platform.control.stats, times=50))
        rows.append(measure("run in the caller", lambda: submit(do_nothing, {}, inline=True)))
        away = platform_at("redis://127.0.0.1:1/0", Path(name))
        rows.append(measure("submit, Redis away", lambda: away.service.submit(do_nothing, {}), limit=0.05))
    return 0 if show("Submitting one job (ledger on SQLite, embedded Valkey)", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
