"""How fast health answers: behind 100,000 waiting jobs, while Redis is stopped, and while the document store hangs."""

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from redis import Redis

from backend.adapters.documents.store import DocumentStore
from backend.adapters.embedded.valkey import serving
from backend.adapters.sqlite.store import SqliteStore
from backend.app import create_app
from backend.bootstrap import Parts, build
from backend.jobs.clean_jobs import clean_jobs
from backend.queues.service import Submission
from backend.settings import load
from backend.telemetry import logs
from benchmarks.table import Row, measure, show, timed

WAITING = 100_000
LIMIT_S = 0.05
TOKEN = "for the benchmark"
PATHS = ("/readyz", "/api/v1/health/queues", "/api/health/queues", "/api/apps/gacp/health")
LONGEST = "/api/v1/health/queues"
APART_S = 1.05
"""So far apart each question is one for which somebody has to look."""
TIMES_APART = 20


class Hanging:
    """A document store that answers nothing any more once it hangs."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self._answers = threading.Event()
        self._answers.set()

    def hang(self) -> None:
        self._answers.clear()

    def go_on(self) -> None:
        self._answers.set()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self._answers.wait()
            return getattr(self._store, name)(*arguments, **options)

        return call


@contextmanager
def at_its_own_servers() -> Iterator[tuple[FlaskClient, Hanging, int]]:
    """A client that knows the token, the document store, and the process of Redis, behind a long line."""
    logs.configure(json=True, level="ERROR")
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "valkey") as url:
        store = Hanging(SqliteStore(Path(name) / "documents.db"))
        secrets = {"SECRET_KEY": "k" * 32, "MONITORING_TOKEN": TOKEN}
        settings = load(**{"DATA_DIR": name, "ENABLE_QUEUE": "true", "REDIS_URL": url, "GACP_ENV": "test"} | secrets)
        services = build(settings, Parts(store=store))  # type: ignore[arg-type]
        services.queues.submit_many([Submission(clean_jobs, {}) for _ in range(WAITING)])
        client = create_app(services).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
        with Redis.from_url(url) as redis:
            process = int(redis.info("server")["process_id"])
        yield client, store, process
        store.go_on()
        services.close()


def rows(client: FlaskClient) -> list[Row]:
    """Every path, one question after another; and the longest answer with a second between two questions."""
    found = [measure(path, lambda path=path: client.get(path), limit=LIMIT_S) for path in PATHS]
    return [*found, Row(f"{LONGEST}, each after a second", [_after_a_second(client, LONGEST) for _ in range(TIMES_APART)], LIMIT_S)]


def _after_a_second(client: FlaskClient, path: str) -> float:
    time.sleep(APART_S)
    return timed(lambda: client.get(path))


def main() -> int:
    """Print the tables; 1 where a limit was not kept."""
    with at_its_own_servers() as (client, store, redis):
        kept = [show(f"{WAITING:,} jobs wait", rows(client))]
        os.kill(redis, signal.SIGSTOP)
        try:
            kept.append(show("Redis is stopped", rows(client)))
        finally:
            os.kill(redis, signal.SIGCONT)
        store.hang()
        kept.append(show("The document store hangs", rows(client)))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
