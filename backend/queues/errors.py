"""What can go wrong in the queue platform itself, beside the errors of the jobs."""

from backend.errors import Conflict, GacpError, NotFound, Unavailable


class BrokerUnavailable(Unavailable):
    """Redis does not answer within its deadline; what was asked may or may not have happened there."""


class PatienceLost(BrokerUnavailable):
    """Redis was not asked, or not for all: this request has waited for it long enough. It says nothing about Redis itself."""


class UnknownJobType(NotFound):
    """No job type of that name is registered in this process."""


class UnreadableJob(NotFound):
    """The ledger's document of the job is damaged; to everybody else the job is not there, so that nothing stops for it."""


class LeaseLost(Conflict):
    """Another run holds this job now; what the late run wants to write is dropped."""


class JobFailed(GacpError):
    """A job that failed for good, as the ledger remembers it, where the exception itself is not at hand any more."""


class LostWorker(GacpError):
    """The worker died, or lost its lease, while it ran the job."""

    title = "lost worker"


class JobCrashed(GacpError):
    """The process of an isolated job ended before the job had, by itself or because it took too much; another try may do better."""

    title = "crashed"
    retryable = True


class JobExpired(GacpError):
    """No worker took the job within its `ttl`."""

    title = "expired"


class JobCancelled(BaseException):
    """Somebody cancelled the job. Not an Exception, so that a job's own `except Exception` cannot swallow it."""

    def __init__(self, by: str = "") -> None:
        super().__init__(f"cancelled by {by}" if by else "cancelled")


class JobStopped(JobCancelled):
    """The worker has to end before the job has: the job stops where it is, and goes back into the line."""

    def __init__(self) -> None:
        BaseException.__init__(self, "the worker stops")


class JobTimedOut(BaseException):
    """The attempt took longer than its timeout. Not an Exception, so that a job's own `except Exception` cannot swallow it."""

    def __init__(self, milliseconds: int) -> None:
        super().__init__(f"Promise timed out after {milliseconds} milliseconds")  # the words of Bull, which people look for
