"""A local server that speaks the REST protocol of Gemini: `POST /v1beta/models/X:generateContent`."""

import json
import re
from collections.abc import Callable
from typing import Any

from tests.support.local_http import LocalHttp, Reply, Request

DIMENSIONS = ("COMPLETENESS", "DOCUMENTS", "CONSISTENCY", "EVIDENCE", "GACP_READINESS")
KEY = "fake-key"
_PATH = re.compile(r"/v1beta/models/(?P<model>[\w.-]+):generateContent")
_ORDERS = re.compile(r"ignore .{0,40}instructions|score (of )?100|ให้คะแนนเต็ม", re.IGNORECASE)

Answer = Callable[[Request], Reply]


def an_issue(**changes: Any) -> dict[str, Any]:
    """One fault as the response schema asks for it."""
    return {
        "code": "WATER_TEST_UNCLEAR",
        "severity": "MEDIUM",
        "path": "documents.WATER_TEST",
        "message_th": "ผลตรวจน้ำอ่านไม่ชัด ขอให้ถ่ายใหม่",
        "message_en": "The water test is hard to read",
        **changes,
    }


def an_answer(score: float = 90, **changes: Any) -> dict[str, Any]:
    """A whole answer with the same score in every dimension."""
    return {
        "dimension_scores": dict.fromkeys(DIMENSIONS, score),
        "issues": [an_issue()],
        "recommendations": [{"audience": "APPLICANT", "text_th": "ถ่ายภาพผลตรวจน้ำใหม่"}],
        "confidence": 0.9,
        **changes,
    }


def says(text: str, *, finish_reason: str = "STOP", delay: float = 0) -> Answer:
    """The model answers with this text."""
    candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish_reason, "index": 0}
    usage = {"promptTokenCount": 800, "candidatesTokenCount": 120, "totalTokenCount": 920}
    return lambda _: Reply(body={"candidates": [candidate], "usageMetadata": usage, "modelVersion": "fake"}, delay=delay)


def good(**changes: Any) -> Answer:
    return says(json.dumps(an_answer(**changes), ensure_ascii=False))


def praise() -> Answer:
    """Full marks, and more than was asked for."""
    return good(score=100, issues=[], confidence=1, inspection_type="VIDEO", overall_score=100, approve=True)


def blame() -> Answer:
    return good(score=0, issues=[an_issue(code="EVERYTHING_IS_WRONG", severity="CRITICAL", path="farm")])


def obedient() -> Answer:
    """A model that does what text in the data orders, wherever it stands."""

    def answer(request: Request) -> Reply:
        data = json.dumps(request.body["contents"], ensure_ascii=False)
        return (praise() if _ORDERS.search(data) else good())(request)

    return answer


def garbage() -> Answer:
    return says('Sure! Here is my review:\n```json\n{"dimension_scores": {"COMPLETENESS": 9')


def truncated() -> Answer:
    return says(json.dumps(an_answer())[:80], finish_reason="MAX_TOKENS")


def slow(seconds: float = 30) -> Answer:
    return says(json.dumps(an_answer()), delay=seconds)


def stopped(finish_reason: str = "SAFETY") -> Answer:
    """The answer is withheld."""
    return lambda _: Reply(body={"candidates": [{"finishReason": finish_reason, "index": 0}], "usageMetadata": {"promptTokenCount": 800}})


def blocked(reason: str = "SAFETY") -> Answer:
    """The prompt is refused."""
    return lambda _: Reply(body={"promptFeedback": {"blockReason": reason}, "usageMetadata": {"promptTokenCount": 800}})


def nothing() -> Answer:
    return lambda _: Reply(body={"usageMetadata": {"promptTokenCount": 800}})


def rate_limited(retry_after_s: float = 17, *, quota: str = "GenerateRequestsPerMinutePerProjectPerModel") -> Answer:
    details = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": quota}]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{retry_after_s}s"},
    ]
    return fails(429, "RESOURCE_EXHAUSTED", details=details)


def key_refused() -> Answer:
    """What Google answers to a wrong key: not 401."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    return fails(400, "INVALID_ARGUMENT", details=[info])


def fails(code: int, status: str = "INTERNAL", *, details: list[Any] | None = None) -> Answer:
    error = {"code": code, "message": "quoted by the provider: สวนลับ", "status": status, "details": details or []}
    return lambda _: Reply(code, {"error": error})


def proxy_page(status: int = 502) -> Answer:
    return lambda _: Reply(status, text="<html><h1>Bad gateway</h1></html>")


def dropped() -> Answer:
    return lambda _: Reply(drop=True)


class FakeGemini(LocalHttp):
    """Gives the scripted answers in order, the last one for ever; without a script a good one."""

    def __init__(self, *script: Answer) -> None:
        super().__init__()
        self._script = list(script) or [good()]

    def answer(self, request: Request) -> Reply:
        if not _PATH.fullmatch(request.path):
            return fails(404, "NOT_FOUND")(request)
        if request.headers.get("x-goog-api-key") != KEY:
            return key_refused()(request)
        if not isinstance(request.body, dict) or not request.body.get("contents"):
            return fails(400, "INVALID_ARGUMENT")(request)
        return (self._script.pop(0) if len(self._script) > 1 else self._script[0])(request)
