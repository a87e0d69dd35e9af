"""The worker process: builds everything, then runs jobs until it is told to stop.

`python -m backend.worker OPTIONS --parent PID` is how the overseer starts it, OPTIONS being JSON: without the console, which an
idle worker would carry along.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial

from backend.adapters.embedded.process import end_with_parent
from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.worker import allocator, duties
from backend.adapters.rq.worker.cancelling import interruption
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.overseer import READY, REPLACE, WRONG_USE
from backend.adapters.rq.worker.recycling import Recycling
from backend.adapters.rq.worker.worker import Worker
from backend.bootstrap import build
from backend.cli.program import WorkerOptions
from backend.errors import USAGE_ERRORS, GacpError, Misconfigured, one_line
from backend.queues.names import QUEUES
from backend.services import Services
from backend.settings import Settings, load, run_folder
from backend.telemetry.logs import begin


def main(settings: Settings, options: WorkerOptions) -> None:
    """Run until SIGTERM; ends with an exit code. Raises Misconfigured where there is no queue to work on."""
    if options.parent:
        end_with_parent(signal.SIGKILL, options.parent)
    if not settings.enable_queue:
        raise Misconfigured("ENABLE_QUEUE is not true: every job runs in its caller, and there is nothing for a worker to do")
    allocator.keep_little()
    services = build(settings)
    recycling = Recycling(max_jobs=settings.worker_max_jobs, max_memory_mib=settings.worker_max_memory_mib)
    leave: Callable[[int], object] = os._exit if options.parent else _leave
    try:
        worker = _worker(settings, options, services, recycling, leave)
        worker.work()
    finally:
        services.close()
    # Looked at as late as can be: a signal that comes while everything closes is meant for the successor, too.
    leave(REPLACE if recycling.due and not worker.told else worker.code)


def _worker(settings: Settings, options: WorkerOptions, services: Services, recycling: Recycling, leave: Callable[[int], object]) -> Worker:
    platform = services.queue_platform
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


def child(given: str, parent: str) -> None:
    """Be the worker that the overseer `parent` started; an error that we raised on purpose is one line."""
    try:
        settings = load()
        begin(settings)
        wanted = json.loads(given)
        main(settings, WorkerOptions(wanted["concurrency"], None, tuple(wanted["queues"]), parent=int(parent)))
    except GacpError as error:
        sys.stderr.write(f"gacp: {one_line(error)}\n")
        sys.exit(WRONG_USE if isinstance(error, USAGE_ERRORS) else 1)


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[3])
