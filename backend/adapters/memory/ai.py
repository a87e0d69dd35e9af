"""AI reviewers with scripted answers: the doubles of Gemini."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from backend.certification.ports import AiOpinion
from backend.errors import Misconfigured, NoAnswer, PermanentFailure, TemporaryFailure, Unreachable

PROMPT_VERSION = "scripted-1"
_DIMENSIONS = ("COMPLETENESS", "DOCUMENTS", "CONSISTENCY", "EVIDENCE", "GACP_READINESS")
_ORDERS = re.compile(r"ignore .{0,40}instructions|score (of )?100|อนุมัติทันที|ให้คะแนนเต็ม|ไม่ต้องสนใจคำสั่ง", re.IGNORECASE)


def opinion(
    score: float = 90.0, *, issues: tuple[Mapping[str, str], ...] = (), confidence: float = 0.9, finish_reason: str = "STOP"
) -> AiOpinion:
    """An opinion with the same score in every dimension."""
    return AiOpinion(
        dimension_scores=dict.fromkeys(_DIMENSIONS, score),
        issues=list(issues),
        recommendations=[{"audience": "APPLICANT", "text_th": "ถ่ายภาพแปลงปลูกเพิ่มในวันที่แดดดี"}],
        confidence=confidence,
        model="scripted",
        prompt_version=PROMPT_VERSION,
        tokens=1200,
        finish_reason=finish_reason,
    )


def issue(code: str = "WATER_TEST_UNCLEAR", severity: str = "MEDIUM", path: str = "documents.WATER_TEST") -> Mapping[str, str]:
    """One fault as a model tells it."""
    return {
        "code": code,
        "severity": severity,
        "path": path,
        "message_th": "ผลตรวจน้ำอ่านไม่ชัด",
        "message_en": "The water test is hard to read",
    }


Scene = Callable[[Mapping[str, Any]], AiOpinion]


def _fails(error: Exception) -> Scene:
    def scene(_facts: Mapping[str, Any]) -> AiOpinion:
        raise error

    return scene


def _obedient(facts: Mapping[str, Any]) -> AiOpinion:
    """Does what the applicant's text orders, as a model does that was taken in."""
    return opinion(100.0, confidence=1.0) if _ORDERS.search(json.dumps(facts, ensure_ascii=False)) else opinion(issues=(issue(),))


SCENES: Mapping[str, Scene] = {
    "good": lambda _: opinion(issues=(issue(),)),
    "praise": lambda _: opinion(100.0, confidence=1.0),
    "blame": lambda _: opinion(0.0, issues=(issue("EVERYTHING_IS_WRONG", "CRITICAL", "farm"),)),
    "unsure": lambda _: opinion(confidence=0.3),
    "obedient": _obedient,
    "garbage": _fails(PermanentFailure("The answer is unusable, also after a repair: the answer: json_invalid")),
    "truncated": _fails(PermanentFailure("The answer was cut off at its longest length")),
    "blocked": _fails(PermanentFailure("The prompt was refused: SAFETY")),
    "slow": _fails(NoAnswer("The model did not answer within 60 s")),
    "rate_limited": _fails(TemporaryFailure("429: too many requests", retry_after=17.0)),
    "server_error": _fails(TemporaryFailure("500")),
    "unavailable": _fails(TemporaryFailure("503")),
    "dropped": _fails(Unreachable("The connection was lost")),
    "key_refused": _fails(Misconfigured("The key was refused")),
}


class ScriptedReviewer:
    """Plays its scenes in order, one per review, and the last one for ever; `seen` holds the facts of each review."""

    def __init__(self, *scenes: str) -> None:
        unknown = set(scenes) - set(SCENES)
        if unknown:
            raise ValueError(f"there is no scene {min(unknown)!r}; choose from {', '.join(SCENES)}")
        self._scenes = list(scenes) or ["good"]
        self.seen: list[Mapping[str, Any]] = []

    def review(self, facts: Mapping[str, Any]) -> AiOpinion:
        self.seen.append(facts)
        name = self._scenes.pop(0) if len(self._scenes) > 1 else self._scenes[0]
        return SCENES[name](facts)
