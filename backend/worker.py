"""The worker process: builds everything, then runs jobs until it is told to stop."""

import sys

from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.worker.limits import Limits
from backend.adapters.rq.worker.registration import Registration
from backend.adapters.rq.worker.worker import Worker
from backend.bootstrap import build
from backend.errors import Misconfigured
from backend.services import Services
from backend.settings import Settings


def main(settings: Settings) -> None:
    """Run until SIGTERM; ends with an exit code. Raises Misconfigured where there is no queue to work on."""
    if not settings.enable_queue:
        raise Misconfigured("ENABLE_QUEUE is not true: every job runs in its caller, and there is nothing for a worker to do")
    services = build(settings)
    try:
        code = _worker(settings, services).work()
    finally:
        services.close()
    sys.exit(code)


def _worker(settings: Settings, services: Services) -> Worker:
    platform = services.queue_platform
    broker = platform.outside.broker
    if not isinstance(broker, RqBroker):
        raise Misconfigured("REDIS_URL: a worker needs the address of a Redis; `gacp dev` starts one by itself")
    limits = Limits()
    duties = (Registration(broker.blocking),)
    return Worker(platform, time_limit=limits.limit, concurrency=settings.worker_concurrency, duties=duties)
