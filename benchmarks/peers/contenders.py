"""Who takes part: each queue, the program that speaks for it, and how a person would start its worker."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.install import Peers

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Contender:
    """One queue. `share`: of the jobs that the others do it gets that many, as it is slow.

    `worker` is the command line of its worker, where that is not the program itself; `alone`: no other process can submit jobs
    to it.
    """

    name: str
    program: str
    env: Mapping[str, str] = field(default_factory=dict)
    share: float = 1.0
    worker: tuple[str, ...] = ()
    alone: bool = False

    def argv(self, peers: Peers) -> list[str]:
        """The command line of its program."""
        path = str(PROGRAMS / self.program)
        if path.endswith(".js"):
            return [peers.node, path]
        return [sys.executable if self.program == OWN else str(peers.bin / "python"), path]

    def worker_argv(self, peers: Peers, concurrency: int) -> list[str]:
        """The command line of a worker that goes on for ever."""
        if not self.worker:
            return [*self.argv(peers), "serve", "1000000000", str(concurrency)]
        first, *rest = (part.format(threads=concurrency) for part in self.worker)
        return [str((Path(sys.executable).parent if self.program == OWN else peers.bin) / first), *rest]


OWN = "with_gacp.py"
LAYER = Contender("gacp, queue layer", OWN, {"PEER_LEDGER": "memory"}, alone=True)
PLATFORM = Contender("gacp, whole platform", OWN, {"PEER_LEDGER": "sqlite"})
PRODUCT = Contender("gacp worker", OWN, worker=("gacp", "worker", "--concurrency", "{threads}"), alone=True)
ONE_PROCESS = Contender("gacp worker --alone", OWN, worker=("gacp", "worker", "--alone", "--concurrency", "{threads}"), alone=True)
BULL = Contender("Bull", "with_bull.js")
BULLMQ = Contender("BullMQ", "with_bullmq.js")
RQ = Contender("RQ SimpleWorker", "with_rq.py", share=0.1, worker=("rq", "worker", "--quiet", "--worker-class", "rq.SimpleWorker", "peer"))
CELERY = Contender(
    "Celery", "with_celery.py", worker=("celery", "-A", "with_celery", "worker", "-P", "threads", "-c", "{threads}", "-l", "ERROR")
)
DRAMATIQ = Contender("Dramatiq", "with_dramatiq.py", worker=("dramatiq", "with_dramatiq", "--processes", "1", "--threads", "{threads}"))
DRAMATIQ_ALONE = Contender("Dramatiq, one process", "with_dramatiq.py")
HUEY = Contender("Huey", "with_huey.py", worker=("huey_consumer", "with_huey.huey", "-w", "{threads}", "-k", "thread", "-q"))


def environment(contender: Contender, peers: Peers, url: str, folder: Path) -> dict[str, str]:
    """What its processes find in their environment."""
    return {
        "PEER_URL": url,
        "RQ_REDIS_URL": url,
        "PEER_FOLDER": str(folder),
        "PYTHONPATH": str(PROGRAMS),
        "PYTHONWARNINGS": "ignore",
        # All keep their byte code, as installed programs do: compiling at each start leaves up to 20 MiB in a process.
        "PYTHONDONTWRITEBYTECODE": "",
        "NODE_PATH": str(peers.modules),
        "GACP_ENV": "test",
        "ENABLE_QUEUE": "true",
        "REDIS_URL": url,
        "DATA_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
        **contender.env,
    }
