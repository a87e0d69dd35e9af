"""Says beforehand what it would mean to run a job again: which of its effects were done and will not be repeated, which would be."""

from dataclasses import dataclass
from typing import Any

from backend.certification.ports import Effects
from backend.clock import to_iso
from backend.queues.ports import Ledger
from backend.queues.records import Job
from backend.queues.registry import Registry


@dataclass(frozen=True)
class EffectPreview:
    """One effect of a job. `repeats` is True where another run would have it, as it was not done yet."""

    key: str
    kind: str
    repeats: bool
    done_at: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"key": self.key, "kind": self.kind, "wouldHappen": self.repeats, "doneAt": self.done_at}


class Replays:
    """Looks into the ledger of effects; changes nothing."""

    def __init__(self, effects: Effects, ledger: Ledger, registry: Registry) -> None:
        self._effects = effects
        self._ledger = ledger
        self._registry = registry

    def preview(self, job_id: str, services: Any) -> list[EffectPreview]:
        """What another run of that job would do to the outside, as things stand now; empty for a job without effects.

        Raises NotFound (the job, or what it is about), UnknownJobType and InvalidInput (its payload is none any more).
        """
        return self.planned(self._ledger.get(job_id), services)

    def planned(self, job: Job, services: Any) -> list[EffectPreview]:
        """As `preview`, of a job that was read already."""
        kind = self._registry.get(job.type)
        if kind.effects is None:
            return []
        planned = kind.effects(kind.read(job.payload), services)
        return [self._preview(key, name) for key, name in planned.items()]

    def of(self, application_id: str) -> list[dict[str, Any]]:
        """Everything that was done to the outside about that application, the earliest first, as JSON."""
        return [
            {
                "key": effect.key,
                "kind": effect.kind,
                "what": effect.what,
                "state": "DONE" if effect.done else "RESERVED",
                "beganAt": to_iso(effect.began_at) if effect.began_at else None,
                "doneAt": to_iso(effect.done_at) if effect.done_at else None,
                "outcome": dict(effect.outcome),
            }
            for effect in self._effects.of(application_id)
        ]

    def _preview(self, key: str, kind: str) -> EffectPreview:
        effect = self._effects.find(key)
        if effect is None or not effect.done:
            return EffectPreview(key, kind, repeats=True)
        return EffectPreview(key, kind, repeats=False, done_at=to_iso(effect.done_at) if effect.done_at else None)
