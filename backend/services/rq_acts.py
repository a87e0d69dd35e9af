"""What the buttons of rq-dashboard mean here: the ledger is changed, and Redis hears of it; what has no meaning is refused."""

from datetime import timedelta

from backend.errors import Conflict, NotFound
from backend.queues.cleaning import Cleaned
from backend.queues.control import QueueControl
from backend.queues.job_control import JobControl
from backend.queues.names import QUEUES, require_queue
from backend.queues.ports import Broker
from backend.queues.window import REGISTRIES, Registry, Window

_CLEANED: dict[Registry, str] = {"scheduled": "delayed", "finished": "completed", "failed": "failed"}
_COUNTERS: dict[Registry, tuple[str, ...]] = {
    "queued": ("waiting", "paused"),
    "scheduled": ("delayed",),
    "finished": ("completed",),
    "failed": ("failed",),
}
EMPTIABLE = tuple(_COUNTERS)
"""The registries that can be emptied."""
RUNNING = (
    "A running job cannot be removed: cancel it with `gacp jobs cancel ID`, and remove it once it has ended / "
    "ลบงานที่กำลังทำอยู่ไม่ได้ ให้สั่งยกเลิกด้วย `gacp jobs cancel ID` แล้วลบเมื่อจบ"
)
FOREIGN = (
    "Our queues have no jobs of this kind: what is listed came from RQ's own clients. `gacp queue reconcile` tells what does not belong / "
    "คิวของระบบไม่มีงานชนิดนี้ ใช้ `gacp queue reconcile` เพื่อดูสิ่งที่ไม่ใช่ของระบบ"
)
NOT_COMPACTED = (
    "RQ's compacting would lose the order by priority. Use `gacp queue reconcile --fix`: it removes what the ledger does not have / "
    "การบีบอัดของ RQ ทำให้ลำดับความสำคัญหาย ให้ใช้ `gacp queue reconcile --fix`"
)


class RqActs:
    """Every act is on the ledger. Each raises NotFound for an unknown queue or job, Conflict for what is refused, and Unavailable."""

    def __init__(self, control: QueueControl, jobs: JobControl, broker: Broker, window: Window) -> None:
        self._control = control
        self._jobs = jobs
        self._broker = broker
        self._window = window

    def counted(self, queue: str, registry: Registry) -> int:
        """How many jobs of the ledger `empty` would remove; 0 where it is refused."""
        numbers = self._control.stats()[require_queue(queue)]
        return sum(numbers[counter] for counter in _COUNTERS.get(registry, ()))

    def delete(self, job_id: str, *, by: str) -> None:
        """Remove the job with its history; one that only Redis has is forgotten there."""
        if self._jobs.remove(job_id, by=by):
            return
        shown = self._window.job(job_id)
        if shown is None or shown.queue not in QUEUES:
            raise NotFound(f"There is no job {job_id} / ไม่มีงานนี้")
        self._broker.forget(shown.queue, [job_id])

    def requeue(self, job_id: str, *, by: str) -> None:
        """Give a failed job one more attempt."""
        self._jobs.retry(job_id, by=by)

    def requeue_all(self, queue: str, *, by: str) -> int:
        """Give every failed job of the queue one more attempt; returns how many."""
        return self._jobs.retry_all(queue, by=by)

    def empty(self, queue: str, registry: str) -> Cleaned:
        """Remove every job of that queue which is in the state that the registry stands for; says how many, and what stays."""
        require_queue(queue)
        if registry not in REGISTRIES:
            raise NotFound(f"There is no registry {registry} / ไม่มีรายการนี้")
        if registry == "started":
            raise Conflict(RUNNING)
        if registry == "queued":
            return self._control.drain(queue)[0]
        if registry not in _CLEANED:
            raise Conflict(FOREIGN)
        return self._control.clean_state(queue, _CLEANED[registry], grace=timedelta(0))

    def compact(self, queue: str) -> None:
        """Refused: it would break the order in which jobs run."""
        require_queue(queue)
        raise Conflict(NOT_COMPACTED)
