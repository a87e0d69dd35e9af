"""The job-queue platform: jobs are declared, submitted, kept in the ledger, and run in a worker or in the caller.

This is the table of contents for all other code: what is named here stays, with its meaning; `docs/how-to/use-the-queue.md`
shows it at work and `backend.queues.testing` helps to test what uses it. Other modules of the package are its own business.
"""

from backend.queues.backoff import Backoff, BackoffStrategy, backoff_strategy
from backend.queues.cleaning import Cleaned
from backend.queues.control import QueueControl
from backend.queues.dead_letters import DeadLetters
from backend.queues.errors import (
    BrokerUnavailable,
    JobCancelled,
    JobExpired,
    JobFailed,
    JobTimedOut,
    LeaseLost,
    LostWorker,
    UnknownJobType,
)
from backend.queues.events import EventName, JobEvent
from backend.queues.health import Health
from backend.queues.job_control import JobControl, JobLog
from backend.queues.jobs import Handler, JobContext, JobType, OnDeadHandler, job
from backend.queues.limits import QueueLimits
from backend.queues.listening import EventChannel, Listener, QueueEvents
from backend.queues.metrics import QueueMetrics
from backend.queues.middleware import Middleware, MiddlewareList, standard
from backend.queues.names import LABELS, QUEUES, require_queue
from backend.queues.numbers import KeptNumbers, QueueNumbers, Window
from backend.queues.options import JobOptions, Keep, OptionFields
from backend.queues.platform import QueuePlatform, assemble
from backend.queues.policies import QueuePolicy
from backend.queues.ports import (
    Broker,
    Delivery,
    JobPage,
    Leadership,
    Ledger,
    Limits,
    Pause,
    Pauses,
    Schedules,
    Ticket,
    TimeLimit,
)
from backend.queues.records import Attempt, Job, JobState, TimelineEntry
from backend.queues.registry import Registry, discover
from backend.queues.repeat import Repeat
from backend.queues.schedule_book import ScheduleBook
from backend.queues.schedules import Schedule
from backend.queues.selecting import Selection
from backend.queues.service import QueueService, Submission, Submitted
from backend.queues.working import run_delivery, work_once

__all__ = [  # noqa: RUF022 - by subject, not by alphabet
    # Declare a job type
    "job",
    "JobType",
    "Handler",
    "OnDeadHandler",
    "JobContext",
    "Registry",
    "discover",
    # Its options
    "JobOptions",
    "OptionFields",
    "Backoff",
    "BackoffStrategy",
    "backoff_strategy",
    "Repeat",
    "Keep",
    "QueuePolicy",
    # Submit, look, wait
    "QueueService",
    "Submission",
    "Submitted",
    "Job",
    "JobState",
    "Attempt",
    "TimelineEntry",
    "JobPage",
    # Listen
    "QueueEvents",
    "JobEvent",
    "EventName",
    "Listener",
    # Administer
    "QueueControl",
    "QueueLimits",
    "QueueMetrics",
    "QueueNumbers",
    "Window",
    "Pause",
    "Cleaned",
    "JobControl",
    "JobLog",
    "Selection",
    "ScheduleBook",
    "Schedule",
    "Health",
    "DeadLetters",
    "QUEUES",
    "LABELS",
    "require_queue",
    # What can go wrong
    "UnknownJobType",
    "JobFailed",
    "JobTimedOut",
    "JobExpired",
    "JobCancelled",
    "LostWorker",
    "LeaseLost",
    "BrokerUnavailable",
    # Put a platform together, and extend it
    "QueuePlatform",
    "assemble",
    "Middleware",
    "MiddlewareList",
    "standard",
    "work_once",
    "run_delivery",
    # Ports, for adapters
    "Ledger",
    "Limits",
    "Broker",
    "Ticket",
    "Delivery",
    "Pauses",
    "Leadership",
    "Schedules",
    "KeptNumbers",
    "TimeLimit",
    "EventChannel",
]
