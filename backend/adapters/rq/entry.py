"""What RQ's job hash names as the function; only `gacp worker` knows how to run a job, and does not call it."""

from backend.errors import Misconfigured


def run_by_id(job_id: str) -> None:
    """Say which worker to start; reached where somebody starts RQ's own."""
    raise Misconfigured(f"Job {job_id}: start `gacp worker`; RQ's own worker has no ledger to run it from")
