"""A replay: dead letters that run again a few at a time, each wave only once the one before it has gone well."""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from backend.clock import to_iso
from backend.queues.dead_filter import DeadFilter

ReplayState = Literal["running", "done", "stopped", "cancelled"]
CANARY = ("1", "10", "10%", "all")
AT_ONCE = ("all",)
WAVE = 500
"""So many jobs run again at once, at most: a stage with more of them comes in several waves."""


@dataclass(frozen=True)
class Wave:
    """The jobs that one wave was to have and got (`picked`), and what became of them so far. `came_back`: of those that failed, how
    many did it for a cause whose return ends the replay."""

    number: int
    stage: int
    wanted: int
    picked: bool = False
    started: int = 0
    running: int = 0
    completed: int = 0
    failed: int = 0
    came_back: int = 0

    def plus(self, other: "Wave") -> "Wave":
        """The numbers of both together."""
        return replace(
            self,
            started=self.started + other.started,
            completed=self.completed + other.completed,
            failed=self.failed + other.failed,
            came_back=self.came_back + other.came_back,
        )


@dataclass(frozen=True)
class Replay:
    """One replay of the dead letters that `where` names and that gave up before `at`.

    `causes` are those whose return ends it. `wave` is the one that runs now, `before` the sum of those that are over. `lock`: no
    two open replays have the same. Whoever goes on with it holds it until `held_until`.
    """

    id: str
    at: datetime
    by: str
    where: DeadFilter
    causes: tuple[str, ...]
    total: int
    lock: str
    reason: str = ""
    request_id: str = ""
    stages: tuple[str, ...] = CANARY
    fresh: bool = False
    state: ReplayState = "running"
    why: str = ""
    wave: Wave | None = None
    before: Wave = field(default_factory=lambda: Wave(0, 0, 0))
    in_stage: int = 0
    """How many jobs the stage of `wave` has been given so far, with those of `wave`."""
    held_by: str = ""
    held_until: datetime | None = None
    ended_at: datetime | None = None
    version: int = 0

    @property
    def ended(self) -> bool:
        return self.state != "running"

    @property
    def tag(self) -> str:
        """What the jobs of the present wave carry."""
        return tag_of(self.id, self.wave.number) if self.wave else ""

    def sum(self, name: str) -> int:
        """A number of all waves together: started, completed, failed, came_back."""
        return int(getattr(self.before, name)) + (int(getattr(self.wave, name)) if self.wave else 0)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "state": self.state,
            "why": self.why,
            "at": to_iso(self.at),
            "endedAt": to_iso(self.ended_at) if self.ended_at else None,
            "by": self.by,
            "reason": self.reason,
            "filter": _told(self.where),
            "causes": list(self.causes),
            "stages": list(self.stages),
            "stage": self.stages[self.wave.stage] if self.wave else None,
            "wave": self.wave.number if self.wave else 0,
            "total": self.total,
            "started": self.sum("started"),
            "running": self.wave.running if self.wave else 0,
            "completed": self.sum("completed"),
            "failed": self.sum("failed"),
            "cameBack": self.sum("came_back"),
        }


def _told(where: DeadFilter) -> dict[str, Any]:
    return {name: to_iso(value) if isinstance(value, datetime) else value for name, value in asdict(where).items() if value}


def tag_of(replay_id: str, wave: int) -> str:
    return f"{replay_id}/{wave}"


def stage_size(stage: str, total: int) -> int:
    """How many jobs a stage takes: `1`, `10`, `10%` of all (one at least), or `all`. Raises ValueError for anything else."""
    if stage == "all":
        return total
    number = int(stage.removesuffix("%"))
    if number < 1 or (stage.endswith("%") and number > 100):
        raise ValueError(f"{stage!r} is no stage")
    return max(1, total * number // 100) if stage.endswith("%") else number
