"""Which of Google's answers are worth another try, and what an operator is told about the others."""

from typing import Any

import pytest

from backend.adapters.google.errors import LONGEST_WAIT_S, calendar_failure, gemini_failure
from backend.errors import Misconfigured, PermanentFailure, ProviderError, TemporaryFailure

RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"
QUOTA = "type.googleapis.com/google.rpc.QuotaFailure"


def refusal(reason: str) -> dict[str, Any]:
    return {"error": {"errors": [{"domain": "usageLimits", "reason": reason}]}}


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (400, "invalid", PermanentFailure),
        (401, "authError", Misconfigured),
        (403, "forbidden", Misconfigured),
        (403, "accessNotConfigured", Misconfigured),
        (403, "rateLimitExceeded", TemporaryFailure),
        (403, "userRateLimitExceeded", TemporaryFailure),
        (403, "quotaExceeded", TemporaryFailure),
        (403, "calendarUsageLimitsExceeded", TemporaryFailure),
        (404, "notFound", PermanentFailure),
        (408, "", TemporaryFailure),
        (413, "", PermanentFailure),
        (429, "rateLimitExceeded", TemporaryFailure),
        (499, "", PermanentFailure),
        (500, "backendError", TemporaryFailure),
        (503, "", TemporaryFailure),
    ],
)
def test_a_calendar_answer_decides_about_another_try(status: int, reason: str, error: type[ProviderError]) -> None:
    failure = calendar_failure(status, refusal(reason))

    assert type(failure) is error
    assert str(status) in str(failure)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 0.0), ("1.5", 1.5), (None, None), ("", None), ("soon", None), ("-1", None), ("inf", None), ("nan", None)],
)
def test_the_calendar_wait_is_taken_where_it_is_a_number(header: str | None, seconds: float | None) -> None:
    failure = calendar_failure(429, refusal("rateLimitExceeded"), header)

    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after == seconds


@pytest.mark.parametrize("body", [None, [], "<html>", {}, {"error": None}, {"error": "no"}, {"error": {"errors": ["x"]}}])
def test_a_calendar_answer_of_any_shape_is_understood(body: Any) -> None:
    assert type(calendar_failure(403, body)) is Misconfigured


def test_the_calendar_refusal_names_its_cure() -> None:
    assert "share the calendar" in str(calendar_failure(403, refusal("forbidden")))
    assert "GOOGLE_CALENDAR_ID" in str(calendar_failure(404, refusal("notFound")))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, PermanentFailure),
        (401, Misconfigured),
        (403, Misconfigured),
        (404, Misconfigured),
        (408, TemporaryFailure),
        (409, TemporaryFailure),
        (413, PermanentFailure),
        (429, TemporaryFailure),
        (499, TemporaryFailure),
        (500, TemporaryFailure),
        (502, TemporaryFailure),
        (503, TemporaryFailure),
        (504, TemporaryFailure),
    ],
)
def test_a_gemini_answer_decides_about_another_try(status: int, error: type[ProviderError]) -> None:
    assert type(gemini_failure(status, ())) is error


def test_a_wrong_gemini_key_is_known_although_it_comes_as_a_bad_request() -> None:
    failure = gemini_failure(400, [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}])

    assert type(failure) is Misconfigured
    assert "GEMINI_API_KEY" in str(failure)


@pytest.mark.parametrize(
    ("delay", "seconds"), [("17s", 17.0), ("0.25s", 0.25), ("17", 17.0), (f"{LONGEST_WAIT_S}s", LONGEST_WAIT_S), ("", None), ("soon", None)]
)
def test_the_gemini_wait_is_read_from_its_details(delay: str, seconds: float | None) -> None:
    failure = gemini_failure(429, [{"@type": QUOTA, "violations": []}, {"@type": RETRY_INFO, "retryDelay": delay}])

    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after == seconds


def test_a_server_error_of_gemini_may_tell_a_wait_too() -> None:
    failure = gemini_failure(503, [{"@type": RETRY_INFO, "retryDelay": "3s"}])

    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after == 3.0


@pytest.mark.parametrize(
    "details",
    [
        [{"@type": RETRY_INFO, "retryDelay": f"{LONGEST_WAIT_S + 1}s"}],
        [{"@type": QUOTA, "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}],
    ],
)
def test_a_quota_that_is_used_up_for_long_burns_no_retries(details: list[Any]) -> None:
    assert type(gemini_failure(429, details)) is PermanentFailure


@pytest.mark.parametrize(
    "details", [["text"], [None], [{}], [{"@type": QUOTA, "violations": None}], [{"@type": QUOTA, "violations": ["x"]}]]
)
def test_gemini_details_of_any_shape_are_understood(details: list[Any]) -> None:
    assert type(gemini_failure(429, details)) is TemporaryFailure
