"""The bodies of health, key by key as the seeds show them, and what they carry beside."""

from typing import Literal

from pydantic import BaseModel, Field

from backend.web.endpoint import View

Status = Literal["healthy", "degraded", "unhealthy"]
Connection = Literal["connected", "disconnected", "disabled", "unknown"]


class MemoryView(View):
    """As people read it: `45.2MB`."""

    used: str
    peak: str


class RedisView(View):
    """`connectionStatus` is `disabled` where jobs do not go to Redis; numbers that nobody can tell now are null."""

    status: Status
    connection_status: Connection
    response_time: float | None = Field(description="Milliseconds")
    memory: MemoryView
    clients: int | None
    uptime: int | None = Field(description="Seconds")
    issues: list[str]


class StatsView(View):
    """Jobs by state. What waits in a paused queue counts as `paused`."""

    waiting: int
    active: int
    completed: int
    failed: int
    delayed: int
    paused: int


class DetailsView(View):
    """`processingCapacity` is how many jobs all workers run at once. Average and rate are over the window, 0 where no job ended."""

    is_running: bool
    is_paused: bool
    processing_capacity: int
    avg_processing_time: int = Field(description="Milliseconds")
    error_rate: float = Field(description="Of the jobs that ended for good: 0 to 1")
    last_job_processed: str | None


class QueueView(View):
    """One queue."""

    queue_name: str
    status: Status
    stats: StatsView
    details: DetailsView
    issues: list[str]


class SummaryView(View):
    """All queues together."""

    total_queues: int
    healthy_queues: int
    degraded_queues: int
    unhealthy_queues: int
    total_jobs: StatsView


class ObservedView(View):
    """How old the answer is in milliseconds; null where nothing was seen yet. `stale`: a server does not answer any
    more, or the numbers are older than ten seconds, as nobody had asked for a while; the next answer is fresh."""

    queues_age: int | None
    redis_age: int | None
    stale: bool
    window_minutes: int


class HealthView(BaseModel):
    """503 where it is unhealthy."""

    status: Status
    timestamp: str
    redis: RedisView
    queues: list[QueueView]
    summary: SummaryView
    issues: list[str]
    observed: ObservedView


class FlowView(View):
    """`depth`: jobs that wait or run. `processingRate`: jobs that ended per minute, within the window."""

    depth: int
    processing_rate: float
    error_rate: float


class ProcessingView(View):
    """`totalJobsProcessed` counts all that ever ended; time and rate are over the window, 0 where no job ended."""

    total_jobs_processed: int
    active_jobs: int
    average_processing_time: int = Field(description="Milliseconds")
    error_rate: float


class FlowsView(View):
    """503 where it is unhealthy. `cloudTasksEnabled`: jobs go to the queues; otherwise they run in their callers."""

    status: Status
    timestamp: str
    cloud_tasks_enabled: bool
    queues: dict[str, FlowView]
    processing_stats: ProcessingView


class CheckView(View):
    """Whether a server is connected."""

    status: Connection


class AppQueueView(View):
    """The jobs of the app, by state."""

    status: Literal["operational", "degraded", "down"]
    counts: dict[str, int]


class ChecksView(View):
    """The parts of the app."""

    database: CheckView
    redis: CheckView
    queue: AppQueueView


class AppHealthView(View):
    """503 where a part is not healthy."""

    status: Status
    timestamp: str
    app: str
    version: str
    checks: ChecksView
    phase: str
