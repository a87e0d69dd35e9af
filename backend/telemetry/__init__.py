"""What the product says about itself: logs, metrics, traces."""

from backend.telemetry.extras import without

with without("better_exceptions", "colorama", "greenlet", "rich"):
    # A tool of the developers may have brought them: for traces in colour, each process would be 5 MB larger.
    import structlog  # noqa: F401
