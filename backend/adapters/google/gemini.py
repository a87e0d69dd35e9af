"""Asks Gemini for a second opinion on an application."""

import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Any

from backend.adapters.google.opinion import ModelAnswer, UnusableAnswer, read_answer
from backend.adapters.google.prompt import PROMPT_VERSION, RESPONSE_SCHEMA, SYSTEM_INSTRUCTION, data_part, facts_json, repair_part
from backend.adapters.google.sdk import GeminiSdk, RawAnswer, Turn
from backend.certification.ports import AiOpinion
from backend.errors import NoAnswer, PermanentFailure
from backend.telemetry.logs import logger

USABLE_ENDS = frozenset({"STOP", "NO_CANDIDATE", "FINISH_REASON_UNSPECIFIED"})
SHORTEST_CALL_S = 1.0

log = logger("gemini")


class GeminiReviewer:
    """The AI reviewer port on Gemini. `timeout_s` is for a whole review, the repair of a bad answer included."""

    def __init__(self, api_key: str, model: str, *, endpoint: str = "", timeout_s: float = 60.0) -> None:
        self._sdk = GeminiSdk(api_key, model, endpoint, instruction=SYSTEM_INSTRUCTION, schema=RESPONSE_SCHEMA)
        self._model = model
        self._timeout_s = timeout_s

    def review(self, facts: Mapping[str, Any]) -> AiOpinion:
        deadline = time.monotonic() + self._timeout_s
        text = facts_json(facts)
        turns = [Turn("user", data_part(text, secrets.token_hex(16)))]
        input_sha256 = hashlib.sha256(text.encode()).hexdigest()
        first = self._ask(turns, deadline, input_sha256)
        try:
            return self._opinion(read_answer(first.text), first)
        except UnusableAnswer as error:
            log.warning("The model's answer is unusable and is asked for again", input_sha256=input_sha256, problem=str(error))
            # An empty turn is refused by the API.
            said = [Turn("model", first.text)] if first.text else []
            second = self._ask([*turns, *said, Turn("user", repair_part(str(error)))], deadline, input_sha256)
        try:
            return self._opinion(read_answer(second.text), first, second)
        except UnusableAnswer as error:
            raise PermanentFailure(f"Gemini's answer is unusable, also after a repair: {error}") from None

    def _ask(self, turns: list[Turn], deadline: float, input_sha256: str) -> RawAnswer:
        begun = time.monotonic()
        if deadline - begun < SHORTEST_CALL_S:
            raise NoAnswer(f"Gemini left no time for a repair within {self._timeout_s:.0f} s")
        answer = self._sdk.generate(turns, timeout_s=deadline - begun)
        log.info(
            "Gemini answered",
            model=self._model,
            prompt_version=PROMPT_VERSION,
            input_sha256=input_sha256,
            # Not "tokens": the log takes fields of that name for secrets.
            usage={"input": answer.input_tokens, "output": answer.output_tokens},
            latency_ms=round((time.monotonic() - begun) * 1000),
            finish_reason=answer.finish_reason,
        )
        if answer.finish_reason == "MAX_TOKENS":
            raise PermanentFailure("Gemini's answer was cut off at its longest length")
        if answer.finish_reason not in USABLE_ENDS:
            raise PermanentFailure(f"Gemini gave no answer: {answer.finish_reason}")
        return answer

    def _opinion(self, answer: ModelAnswer, *used: RawAnswer) -> AiOpinion:
        return AiOpinion(
            dimension_scores=answer.dimension_scores.model_dump(),
            issues=[issue.model_dump() for issue in answer.issues],
            recommendations=[recommendation.model_dump() for recommendation in answer.recommendations],
            confidence=answer.confidence,
            model=self._model,
            prompt_version=PROMPT_VERSION,
            tokens=sum(each.input_tokens + each.output_tokens for each in used),
            finish_reason=used[-1].finish_reason,
        )
