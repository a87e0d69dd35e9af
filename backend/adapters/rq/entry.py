"""What RQ's job hash names as the function; only `gacp worker` knows how to run a job, and does not call it."""

from backend.errors import Misconfigured


def run_by_id() -> None:
    """Say which worker to start; reached where somebody starts RQ's own."""
    raise Misconfigured("Start `gacp worker`: RQ's own worker has no ledger to run a job from")
