"""What every process stands on: the queue platform and the accounts, over the servers that the settings name."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from backend import jobs
from backend.accounts.service import AccountService
from backend.accounts.setup import ensure_accounts
from backend.accounts.throttle import Throttle
from backend.adapters.documents import attempts, queue_parts, sessions, users
from backend.adapters.documents.store import DocumentStore
from backend.adapters.mongo.store import MongoStore
from backend.adapters.opentelemetry import open_tracer
from backend.adapters.redis.events import RedisEvents
from backend.adapters.rq.broker import RqBroker
from backend.adapters.sqlite.store import SqliteStore
from backend.clock import Clock
from backend.errors import Unavailable
from backend.queues import registry
from backend.queues.listening import EventChannel, QueueEvents
from backend.queues.no_broker import NoBroker
from backend.queues.platform import QueuePlatform, assemble
from backend.queues.ports import Broker
from backend.settings import Settings
from backend.telemetry.tracing import Tracer

ISOLATED = (sys.executable, "-m", "backend.isolated")
"""How the process of an isolated job starts."""
COLLECTIONS = (attempts.ATTEMPTS, *queue_parts.COLLECTIONS, sessions.SESSIONS, users.USERS)


@dataclass(frozen=True)
class Foundation:
    """Complete in itself: jobs can be submitted, claimed and ended with it, only not run."""

    settings: Settings
    clock: Clock
    store: DocumentStore
    platform: QueuePlatform
    accounts: AccountService
    close: Callable[[], None]
    """Lets go of every connection; safe to repeat."""

    @property
    def broker(self) -> Broker:
        return self.platform.outside.broker


def lay(
    settings: Settings, clock: Clock, *, store: DocumentStore | None = None, broker: Broker | None = None, tracer: Tracer | None = None
) -> Foundation:
    """Made of the settings but for what is given; the accounts that the settings promise exist after it.

    Raises Misconfigured for a setting that cannot be used, and Unavailable while the document store is away.
    """
    documents = store or _store(settings)
    try:
        documents.ensure(*COLLECTIONS)
    except BaseException:
        documents.close()  # whoever tries again brings a store of its own
        raise
    platform = assemble(
        settings,
        clock=clock,
        registry=registry.discover(jobs),
        broker=broker or _broker(settings),
        events=QueueEvents(_event_channel(settings)),
        tracer=tracer or open_tracer(settings),
        **queue_parts.queue_parts(documents, clock),
    )
    accounts = _accounts(settings, documents, clock)
    ensure_accounts(accounts, settings)
    return Foundation(settings, clock, documents, platform, accounts, close=lambda: _close(platform, documents))


def _store(settings: Settings) -> DocumentStore:
    if settings.mongodb_uri:
        return MongoStore(settings.mongodb_uri, settings.mongodb_database)
    return SqliteStore(documents_path(settings))


def documents_path(settings: Settings) -> Path:
    """Where the embedded document store lies."""
    return settings.data_dir / "documents.db"


def _broker(settings: Settings) -> Broker:
    url = settings.effective_redis_url
    if not (settings.enable_queue and url):
        return NoBroker()
    return RqBroker.open(url, deadline_ms=settings.redis_deadline_ms)


def _event_channel(settings: Settings) -> EventChannel | None:
    url = settings.effective_redis_url
    return RedisEvents.open(url, deadline_ms=settings.redis_deadline_ms) if settings.enable_queue and url else None


def _accounts(settings: Settings, store: DocumentStore, clock: Clock) -> AccountService:
    throttle = Throttle(attempts.DocumentAttempts(store), clock)
    return AccountService(
        users.DocumentUsers(store), sessions.DocumentSessions(store), throttle, clock, session_hours=settings.session_hours
    )


def _close(platform: QueuePlatform, store: DocumentStore) -> None:
    with suppress(Unavailable):  # these are numbers only
        platform.numbers.recorder.flush()
        platform.dead.grouping.flush()
    platform.events.close()
    platform.outside.tracer.close()
    if isinstance(platform.outside.broker, RqBroker):
        platform.outside.broker.close()
    store.close()
