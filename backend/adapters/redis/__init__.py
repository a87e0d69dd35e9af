"""Connections to Redis that keep nobody waiting."""

from backend.telemetry.extras import without

with without("opentelemetry"):
    # Where it is installed for our own traces, redis would load it for measures of its own: 0.14 s and 8 MB for each process.
    import redis  # noqa: F401
