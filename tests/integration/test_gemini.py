"""Gemini behind a real socket: what is sent, what is done with each kind of answer, and what is logged."""

import json
import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from backend.adapters.google.gemini import GeminiReviewer
from backend.adapters.google.prompt import PROMPT_VERSION, SYSTEM_INSTRUCTION
from backend.errors import Misconfigured, PermanentFailure, ProviderError, TemporaryFailure
from tests.support import fake_gemini as gemini
from tests.support.fake_gemini import FakeGemini

FACTS = {"farm": {"district": "เมืองราชบุรี"}, "notes": "สวนลับ"}


@pytest.fixture(scope="module", autouse=True)
def _sdk() -> None:
    """Loaded before any clock is watched: the first review of a process takes seconds for it."""
    with reviewing() as (reviewer, _):
        reviewer.review(FACTS)


@contextmanager
def reviewing(*script: gemini.Answer, timeout_s: float = 10) -> Iterator[tuple[GeminiReviewer, FakeGemini]]:
    with FakeGemini(*script) as server:
        yield GeminiReviewer(gemini.KEY, "gemini-test", endpoint=server.url, timeout_s=timeout_s), server


def texts(request: Any) -> list[str]:
    return [content["parts"][0]["text"] for content in request.body["contents"]]


def test_the_request_asks_for_json_of_a_schema_at_a_low_temperature() -> None:
    with reviewing() as (reviewer, server):
        reviewer.review(FACTS)

    [request] = server.requests
    config = request.body["generationConfig"]
    assert request.path == "/v1beta/models/gemini-test:generateContent"
    assert config["temperature"] <= 0.2
    assert config["responseMimeType"] == "application/json"
    assert config["maxOutputTokens"] == 4096
    assert set(config["responseSchema"]["required"]) == {"dimension_scores", "issues", "recommendations", "confidence"}
    assert request.body["systemInstruction"]["parts"][0]["text"] == SYSTEM_INSTRUCTION


def test_the_key_travels_in_a_header_and_never_in_the_address() -> None:
    with reviewing() as (reviewer, server):
        reviewer.review(FACTS)

    assert server.requests[0].headers["x-goog-api-key"] == gemini.KEY
    assert gemini.KEY not in json.dumps(server.requests[0].query)


def test_the_fence_around_the_data_is_new_for_every_review() -> None:
    with reviewing() as (reviewer, server):
        reviewer.review(FACTS)
        reviewer.review(FACTS)

    [first], [second] = (texts(request) for request in server.requests)
    assert first != second
    assert first.split("\n")[2] == second.split("\n")[2] == json.dumps(FACTS, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_the_data_never_stands_among_the_instructions() -> None:
    with reviewing() as (reviewer, server):
        reviewer.review(FACTS)

    assert "สวนลับ" not in json.dumps(server.requests[0].body["systemInstruction"], ensure_ascii=False)


@pytest.mark.parametrize("endpoint", ["{url}", "{url}/", "{url}/v1beta"])
def test_the_endpoint_may_be_written_with_or_without_its_version(endpoint: str) -> None:
    with FakeGemini() as server:
        reviewer = GeminiReviewer(gemini.KEY, "gemini-test", endpoint=endpoint.format(url=server.url))

        assert reviewer.review(FACTS).confidence == 0.9


def test_an_unusable_answer_is_repaired_once() -> None:
    with reviewing(gemini.garbage(), gemini.good()) as (reviewer, server):
        opinion = reviewer.review(FACTS)

    first, second = server.requests
    assert opinion.tokens == 2 * 920
    assert [content["role"] for content in second.body["contents"]] == ["user", "model", "user"]
    assert texts(second)[0] == texts(first)[0]
    assert "json_invalid" in texts(second)[2]


def test_an_empty_answer_is_repaired_without_an_empty_turn() -> None:
    with reviewing(gemini.nothing(), gemini.good()) as (reviewer, server):
        reviewer.review(FACTS)

    assert [content["role"] for content in server.requests[1].body["contents"]] == ["user", "user"]


def test_an_answer_that_stays_unusable_is_given_up_after_two_requests() -> None:
    with reviewing(gemini.garbage()) as (reviewer, server):
        with pytest.raises(PermanentFailure, match="after a repair"):
            reviewer.review(FACTS)

        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (gemini.truncated(), "cut off"),
        (gemini.stopped("SAFETY"), "SAFETY"),
        (gemini.stopped("RECITATION"), "RECITATION"),
        (gemini.stopped("OTHER"), "OTHER"),
        (gemini.blocked("SAFETY"), "SAFETY"),
        (gemini.blocked("PROHIBITED_CONTENT"), "PROHIBITED_CONTENT"),
        (gemini.fails(400, "INVALID_ARGUMENT"), "400"),
        (gemini.rate_limited(900), "quota"),
        (gemini.rate_limited(5, quota="GenerateRequestsPerDayPerProjectPerModel-FreeTier"), "quota"),
    ],
)
def test_an_answer_that_will_not_get_better_is_given_up_after_one_request(answer: gemini.Answer, told: str) -> None:
    with reviewing(answer) as (reviewer, server):
        with pytest.raises(PermanentFailure, match=told):
            reviewer.review(FACTS)

        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        gemini.fails(500),
        gemini.fails(503, "UNAVAILABLE"),
        gemini.fails(504, "DEADLINE_EXCEEDED"),
        gemini.fails(408, "CANCELLED"),
        gemini.proxy_page(502),
        gemini.proxy_page(200),
        gemini.dropped(),
        gemini.rate_limited(17),
    ],
)
def test_a_passing_failure_is_told_at_once_and_left_to_the_queue(answer: gemini.Answer) -> None:
    begun = time.monotonic()
    with reviewing(answer) as (reviewer, server):
        with pytest.raises(TemporaryFailure):
            reviewer.review(FACTS)

        # The SDK on its own repeats a 503 for ten minutes.
        assert len(server.requests) == 1
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (gemini.key_refused(), "GEMINI_API_KEY"),
        (gemini.fails(401, "UNAUTHENTICATED"), "GEMINI_API_KEY"),
        (gemini.fails(403, "PERMISSION_DENIED"), "GEMINI_API_KEY"),
        (gemini.fails(404, "NOT_FOUND"), "GEMINI_MODEL"),
    ],
)
def test_a_wrong_setting_is_named(answer: gemini.Answer, told: str) -> None:
    with reviewing(answer) as (reviewer, _), pytest.raises(Misconfigured, match=told):
        reviewer.review(FACTS)


def test_a_slow_answer_is_waited_for_no_longer_than_the_time_out() -> None:
    begun = time.monotonic()
    with reviewing(gemini.slow(30), timeout_s=1.2) as (reviewer, _), pytest.raises(TemporaryFailure, match="did not answer"):
        reviewer.review(FACTS)

    assert time.monotonic() - begun < 4


def test_the_repair_shares_the_time_out_of_the_review() -> None:
    with reviewing(gemini.says("{", delay=2.0), gemini.slow(30), timeout_s=4) as (reviewer, server):
        begun = time.monotonic()
        with pytest.raises(TemporaryFailure, match="did not answer"):
            reviewer.review(FACTS)

        assert time.monotonic() - begun < 5.5  # with a time-out of its own it would be 6
        assert len(server.requests) == 2


def test_a_repair_is_not_begun_without_time_for_it() -> None:
    # A repair needs a second; the first answer has all the rest, as a loaded machine gives even that one late.
    with reviewing(gemini.says("{", delay=0.25), timeout_s=1.2) as (reviewer, server):
        with pytest.raises(TemporaryFailure, match="no time for a repair"):
            reviewer.review(FACTS)

        assert len(server.requests) == 1


def test_a_server_that_is_not_there_is_a_passing_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        GeminiReviewer(gemini.KEY, "gemini-test", endpoint=f"http://127.0.0.1:{port}").review(FACTS)


@pytest.mark.parametrize("endpoint", ["http://my host", "http://host:80:90", "http://[::1"])
def test_an_endpoint_that_is_no_address_is_named(endpoint: str) -> None:
    with pytest.raises(Misconfigured, match="GEMINI_API_ENDPOINT"):
        GeminiReviewer(gemini.KEY, "gemini-test", endpoint=endpoint).review(FACTS)


@pytest.mark.parametrize("answer", [gemini.garbage(), gemini.fails(400), gemini.fails(500), gemini.key_refused(), gemini.blocked()])
def test_no_failure_quotes_the_applicant_the_provider_or_the_key(answer: gemini.Answer) -> None:
    with reviewing(answer) as (reviewer, _), pytest.raises(ProviderError) as failure:
        reviewer.review(FACTS)

    assert "สวนลับ" not in str(failure.value)
    assert gemini.KEY not in str(failure.value)


def test_threads_share_one_reviewer() -> None:
    with reviewing() as (reviewer, server), ThreadPoolExecutor(4) as pool:
        opinions = list(pool.map(reviewer.review, [{"number": number} for number in range(8)]))

    assert {opinion.confidence for opinion in opinions} == {0.9}
    assert len(server.requests) == 8


def test_the_log_tells_the_run_and_not_the_text() -> None:
    with reviewing(gemini.garbage(), gemini.good()) as (reviewer, _), structlog.testing.capture_logs() as lines:
        reviewer.review(FACTS)

    answered = [line for line in lines if line["event"] == "Gemini answered"]
    assert [line["usage"] for line in answered] == [{"input": 800, "output": 120}] * 2
    assert answered[0]["model"] == "gemini-test"
    assert answered[0]["prompt_version"] == PROMPT_VERSION
    assert answered[0]["finish_reason"] == "STOP"
    assert answered[0]["latency_ms"] >= 0
    assert len(answered[0]["input_sha256"]) == 64
    assert "สวนลับ" not in json.dumps(lines, ensure_ascii=False)


def test_the_sdk_logs_neither_text_nor_key_even_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    with reviewing() as (reviewer, _), caplog.at_level(logging.DEBUG):
        logging.getLogger("google").addHandler(caplog.handler)
        reviewer.review({"notes": "secret-garden"})
        logging.getLogger("google").removeHandler(caplog.handler)

    everything = "".join(str(vars(record)) for record in caplog.records)
    assert "secret-garden" not in everything
    assert gemini.KEY not in everything
