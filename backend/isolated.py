"""The process of one isolated job: builds what a worker has, runs that job, and ends."""

import sys
from collections.abc import Callable
from typing import Any

from backend.adapters.isolation.child import serve
from backend.bootstrap import Parts, build
from backend.queues.isolation import in_place
from backend.queues.jobs import JobType
from backend.settings import load
from backend.telemetry.logs import begin
from backend.telemetry.tracing import NO_TRACING


def _build() -> tuple[Callable[[str], JobType], Any, Callable[[], object]]:
    settings = load()
    begin(settings)
    services = build(settings, Parts(isolation=in_place, tracer=NO_TRACING))
    return services.queue_platform.registry.get, services, services.close


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], _build)
