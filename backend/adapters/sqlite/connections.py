"""Connections to one SQLite file: a pool that is safe for threads and forks, with transactions that wait for their turn."""

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from backend.adapters.documents.store import StoreUnavailable

_abandoned: list["_Pool"] = []
"""Pools of a parent process. A fork must neither use nor close them, so they are never let go of."""

_LOOK_AGAIN = 0.001
"""Seconds between two looks of a process whose turn to write has not come; one look takes a fiftieth of that."""
_PRAGMAS = (
    # Every commit waits for the disk: with NORMAL the last ones before a power cut are lost although they were acknowledged.
    # The price is one fsync per write: 0.23 ms instead of 0.08 ms on a virtual disk (`python -m benchmarks.documents`).
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
)


class _Pool:
    """What belongs to one process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.idle: deque[sqlite3.Connection] = deque()
        self.opened: set[sqlite3.Connection] = set()
        self.closed = False
        # Threads queue up here, in order; only processes compete for the file, by polling, which is slower and unfair.
        self.turn = threading.Lock()


class Connections:
    """Lends connections; `patience` is how many seconds a write waits for the others."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._patience = patience
        self._pool = _Pool()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection outside of any transaction. A read never waits for a write. Raises StoreUnavailable."""
        with _translated(), self._lent(self._own_pool()) as connection:
            yield connection

    @contextmanager
    def writing(self, *, at_least_s: float = 0.0) -> Iterator[sqlite3.Connection]:
        """A connection inside a write transaction, which is committed at the end, or undone where the block raises.

        Raises StoreUnavailable, also where its turn does not come in time: among the threads and among the processes together.
        """
        patience = max(self._patience, at_least_s)
        deadline = time.monotonic() + patience
        pool = self._own_pool()
        if not pool.turn.acquire(timeout=patience):
            raise StoreUnavailable("The document store is busy: another write takes very long")
        try:
            with _translated(), self._lent(pool) as connection, _transaction(connection, deadline, self._patience):
                yield connection
        finally:
            pool.turn.release()

    def close(self) -> None:
        """Close what is idle; what is lent out closes when it comes back."""
        pool, self._pool = self._own_pool(), _Pool()
        pool.closed = True
        while pool.idle:
            with suppress(IndexError):  # another thread was faster
                _drop(pool, pool.idle.pop())

    def _own_pool(self) -> _Pool:
        if self._pool.pid != os.getpid():
            _abandoned.append(self._pool)
            self._pool = _Pool()
        return self._pool

    @contextmanager
    def _lent(self, pool: _Pool) -> Iterator[sqlite3.Connection]:
        try:
            connection = pool.idle.pop()
        except IndexError:
            connection = self._opened()
            pool.opened.add(connection)
        try:
            yield connection
        except sqlite3.OperationalError:
            # The disk or the file is in trouble: start afresh next time.
            _drop(pool, connection)
            raise
        finally:
            _take_back(pool, connection)

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=self._patience, isolation_level=None, check_same_thread=False)
        try:
            self._switch_to_wal(connection)
            for pragma in _PRAGMAS:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    def _switch_to_wal(self, connection: sqlite3.Connection) -> None:
        # Readers and a writer do not block each other. The very first switch of a new file does not wait by itself while
        # another process does the same, hence the loop.
        deadline = time.monotonic() + self._patience
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return


@contextmanager
def _transaction(connection: sqlite3.Connection, deadline: float, patience: float) -> Iterator[None]:
    try:
        _begin(connection, deadline, patience)
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _begin(connection: sqlite3.Connection, deadline: float, patience: float) -> None:
    # IMMEDIATE: taking the write lock at the start waits for its turn; taking it later, after reading, can only fail.
    # SQLite by itself looks ever more seldom, up to 100 ms apart, and behind a process that writes without pause misses the
    # short gaps: it waited for over a second.
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while not _begun(connection, may_wait=time.monotonic() < deadline):
            time.sleep(_LOOK_AGAIN)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")


def _begun(connection: sqlite3.Connection, *, may_wait: bool) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if not may_wait or _code(error) != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise  # the store knows which document it was about
    except sqlite3.DatabaseError as error:
        if _code(error) in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE}:
            raise  # our own SQL is at fault: no waiting cures that
        raise StoreUnavailable(f"The document store does not answer: {error}") from error
    except OSError as error:
        raise StoreUnavailable(f"The folder of the document store refuses: {error.strerror}") from error


def _code(error: sqlite3.Error) -> int:
    # The low byte is the primary code; the rest says which variant. Errors of Python's own module carry none.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF


def _take_back(pool: _Pool, connection: sqlite3.Connection) -> None:
    if connection not in pool.opened:
        return
    # Still inside a transaction: a time-out struck between two lines of ours. Closing it lets go of the lock.
    unfit = connection.in_transaction
    if not unfit:
        pool.idle.append(connection)
    if unfit or pool.closed:
        _drop(pool, connection)


def _drop(pool: _Pool, connection: sqlite3.Connection) -> None:
    pool.opened.discard(connection)
    with suppress(ValueError):
        pool.idle.remove(connection)
    connection.close()
