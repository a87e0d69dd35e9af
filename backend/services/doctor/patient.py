"""What the checks examine: each part is asked once, and nobody waits for one that hangs."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from backend.errors import GacpError, Unavailable, one_line
from backend.queues.registry import Registry
from backend.queues.roster import LifeSign, WorkerSeen
from backend.services import Services
from backend.services.doctor.checks import Need
from backend.services.doctor.probing import Prober
from backend.settings import Settings

if TYPE_CHECKING:  # the help of `gacp` must not wait for the import of drivers
    from backend.adapters.documents.facts import StoreFacts
    from backend.adapters.redis.facts import RedisFacts

T = TypeVar("T")
_NAMES: Mapping[Need, str] = {"redis": "Redis", "documents": "the document store", "services": "the document store", "workers": "Redis"}


@dataclass(frozen=True)
class Instruments:
    """The ways to look at each part; none of them is taken before a check asks. `dev_runs`: a `gacp dev` runs on the data folder."""

    settings: Settings
    registry: Registry
    services: Callable[[], Services]
    redis: Callable[[], RedisFacts]
    documents: Callable[[], StoreFacts]
    workers: Callable[[], Sequence[WorkerSeen]]
    life_signs: Callable[[], Sequence[LifeSign]]
    sign_in_to_mail: Callable[[], str]
    strange_variables: Mapping[str, str] = field(default_factory=dict)
    dev_runs: bool = False


class Once(Generic[T]):
    """Makes something at the first call, in a thread that may hang without holding up anybody for longer than the patience."""

    def __init__(self, make: Callable[[], T], patience_s: float, name: str) -> None:
        self._make = make
        self._patience_s = patience_s
        self._name = name
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._made: list[T] = []
        self._error: BaseException | None = None

    def get(self) -> T:
        """The thing; raises what making it raised, and Unavailable where that takes too long, at once from the second call on."""
        with self._lock:
            is_first = self._thread is None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        self._done.wait(self._patience_s if is_first else self._patience_s / 10)
        if self._error is not None:
            raise self._error
        if not self._made:
            raise Unavailable(f"{self._name} did not answer within {self._patience_s:g} s")
        return self._made[0]

    def _run(self) -> None:
        try:
            self._made.append(self._make())
        except BaseException as error:  # noqa: BLE001 - it is raised again where somebody asks
            self._error = error
        self._done.set()


class Patient:
    """One deployment, seen from this machine. `timeout_s` is how long a check may wait for one thing."""

    def __init__(self, instruments: Instruments, *, timeout_s: float, probes: int = 20) -> None:
        self.settings = instruments.settings
        self.registry = instruments.registry
        self.timeout_s = timeout_s
        self.probes = probes
        self.dev_runs = instruments.dev_runs
        self.strange_variables = instruments.strange_variables
        self.run_id = f"doctor-{secrets.token_hex(4)}"
        self.sign_in_to_mail = instruments.sign_in_to_mail
        self.life_signs = instruments.life_signs
        self.stalled: dict[str, str] = {}
        """Queues that did not take a probe, and how far it came: no other has to wait for the same."""
        self._prober: Prober | None = None
        self._services = Once(instruments.services, timeout_s, "The document store")
        self._redis = Once(instruments.redis, timeout_s, "Redis")
        self._documents = Once(instruments.documents, timeout_s, "The document store")
        self._workers = Once(instruments.workers, timeout_s, "Redis")

    @property
    def has_redis(self) -> bool:
        """Whether the settings name one."""
        return bool(self.settings.effective_redis_url)

    def services(self) -> Services:
        """The use cases on the configured servers."""
        return self._services.get()

    def redis(self) -> RedisFacts:
        return self._redis.get()

    def documents(self) -> StoreFacts:
        return self._documents.get()

    def workers(self) -> Sequence[WorkerSeen]:
        return self._workers.get()

    @property
    def prober(self) -> Prober:
        """What submits probes and waits for them; `clean` removes them."""
        if self._prober is None:
            self._prober = Prober(self.services(), self.run_id, self.timeout_s)
        return self._prober

    @property
    def probed(self) -> bool:
        """Whether there is something to remove."""
        return self._prober is not None and bool(self._prober.submitted)

    def clean(self) -> Sequence[str]:
        """Remove every probe of this examination; the ids of those that are still there."""
        return self._prober.clean() if self._prober else ()

    def missing(self, needs: Sequence[Need]) -> str:
        """Why nothing can be told without one of these; empty where all are there."""
        for need in needs:
            if need in ("redis", "workers") and not self.has_redis:
                return "no Redis is set: jobs run in their callers"
            try:
                getattr(self, need)()
            except GacpError as error:
                return f"not to be told without {_NAMES[need]}: {one_line(error)}"
        return ""
