"""The scheduler process: moves due jobs, heals what broke, forwards what was left lying, watches for alerts, fires what recurs."""

import os
import secrets
import signal
import socket
import threading
from datetime import timedelta

from backend.bootstrap import build
from backend.queues.duties import healing, recurring
from backend.queues.scheduling import Duty, SchedulerLoop
from backend.services import Services
from backend.settings import Settings


def main(settings: Settings) -> None:
    """Run until SIGTERM; a second copy stands by. Works without Redis: it then serves the ledger and the outbox alone."""
    services = build(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    owner = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    outside = services.queue_platform.outside
    try:
        SchedulerLoop(duties(settings, services), outside.leadership, outside.clock, owner=owner).run(stop)
    finally:
        services.close()


def duties(settings: Settings, services: Services) -> list[Duty]:
    """What this deployment asks for: `ENABLE_QUEUE` decides who runs what is due, `ENABLE_SCHEDULER` gates recurring work."""
    platform = services.queue_platform
    department = [
        Duty("publish events", timedelta(seconds=2), services.certification.publish_pending),
        Duty("forward stuck applications", timedelta(minutes=1), services.certification.forward_stuck),
        Duty("index for searches", timedelta(seconds=1), services.search_upkeep.go_on),
    ]
    return [*healing(platform), *department, *services.alerting.duties(), *(recurring(platform) if settings.enable_scheduler else [])]
