"""The worker process: builds everything, then runs jobs until it is told to stop."""

from backend.adapters.rq.broker import RqBroker
from backend.adapters.rq.worker import Worker
from backend.bootstrap import build
from backend.errors import Misconfigured
from backend.settings import Settings


def main(settings: Settings) -> None:
    """Run until SIGTERM. Raises Misconfigured where there is no queue to work on."""
    if not settings.enable_queue:
        raise Misconfigured("ENABLE_QUEUE is not true: every job runs in its caller, and there is nothing for a worker to do")
    services = build(settings)
    try:
        broker = services.queue_platform.outside.broker
        if not isinstance(broker, RqBroker):
            raise Misconfigured("REDIS_URL: a worker needs the address of a Redis; `gacp dev` starts one by itself")
        Worker(services.queue_platform, broker).work()
    finally:
        services.close()
