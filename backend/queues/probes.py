"""Tells the probes of `gacp doctor` apart from the jobs of people: no number, alert or dead letter is made of them."""

PREFIX = "probe_"
"""What the name of such a job type begins with; one per queue, in `backend/jobs/probe.py`."""


def is_probe(job_type: str) -> bool:
    """Whether jobs of that type only show that the way through ledger, Redis and worker is open."""
    return job_type.startswith(PREFIX)
