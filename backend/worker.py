"""The worker process: builds everything, then runs jobs until it is told to stop.

`python -m backend.worker OPTIONS --parent PID` is how the overseer starts it, and without the last two `gacp worker --alone`;
OPTIONS is JSON. The console, which an idle worker would carry along, is left behind.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial

from backend.adapters.embedded.process import end_with_parent
from backend.adapters.isolation.parent import ChildIsolation
from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.worker import allocator, duties, overseer
from backend.adapters.rq.worker.cancelling import interruption
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.overseer import READY, REPLACE, WRONG_USE
from backend.adapters.rq.worker.recycling import Recycling
from backend.adapters.rq.worker.worker import Worker
from backend.cli.program import WorkerOptions
from backend.clock import SystemClock
from backend.errors import USAGE_ERRORS, GacpError, Misconfigured, one_line
from backend.foundation import ISOLATED, lay
from backend.furnishing import LateServices
from backend.queues.names import QUEUES
from backend.queues.platform import QueuePlatform
from backend.settings import Settings, load, run_folder
from backend.telemetry.logs import begin


def main(settings: Settings, options: WorkerOptions) -> None:
    """Run until SIGTERM; ends with an exit code. Raises Misconfigured where there is no queue to work on."""
    if options.parent:
        end_with_parent(signal.SIGKILL, options.parent)
    if not settings.enable_queue:
        raise Misconfigured("ENABLE_QUEUE is not true: every job runs in its caller, and there is nothing for a worker to do")
    allocator.keep_little()
    foundation = lay(settings, SystemClock())
    services = LateServices(foundation)
    foundation.platform.use(services, ChildIsolation(ISOLATED))
    recycling = Recycling(max_memory_mib=settings.worker_max_memory_mib)
    leave: Callable[[int], object] = partial(overseer.leave, options.parent) if options.parent else _leave
    try:
        worker = _worker(settings, options, foundation.platform, recycling, leave)
        allocator.give_back()
        worker.work()
    except BaseException:
        services.close()
        raise
    worker.last(services.close)
    # Looked at as late as can be: a signal that comes while everything closes is meant for the successor, too.
    leave(worker.code)


def _worker(
    settings: Settings, options: WorkerOptions, platform: QueuePlatform, recycling: Recycling, leave: Callable[[int], object]
) -> Worker:
    broker = platform.outside.broker
    if not isinstance(broker, RqBroker):
        raise Misconfigured("REDIS_URL: a worker needs the address of a Redis; `gacp dev` starts one by itself")
    limits = Limits()
    started = partial(os.kill, options.parent, READY) if options.parent else int
    return Worker(
        platform,
        time_limit=limits.limit,
        queues=options.queues or QUEUES,
        concurrency=options.concurrency or settings.worker_concurrency,
        max_jobs=settings.worker_max_jobs,
        duties=duties.standard(platform, broker, limits, recycling, run_folder=run_folder(settings), started=started),
        interrupt=interruption(limits),
        leave=leave,
    )


def _leave(code: int) -> None:
    """Without a parent a worker that has to be replaced becomes its own successor."""
    sys.stderr.flush()
    if code == REPLACE:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})  # until the successor listens
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command, as it was given
    os._exit(code)


def child(given: str, parent: str = "0") -> None:
    """Be the worker that the overseer `parent` started, or one without any; an error that we raised on purpose is one line."""
    try:
        settings = load()
        begin(settings)
        wanted = json.loads(given)
        main(settings, WorkerOptions(wanted["concurrency"], None, tuple(wanted["queues"]), parent=int(parent)))
    except GacpError as error:
        sys.stderr.write(f"gacp: {one_line(error)}\n")
        sys.exit(WRONG_USE if isinstance(error, USAGE_ERRORS) else 1)


if __name__ == "__main__":
    child(sys.argv[1], *sys.argv[3:])
