"""What Google's error answers mean for a job: try again, give up, or call somebody."""

from collections.abc import Iterable, Mapping
from typing import Any

from backend.errors import Misconfigured, PermanentFailure, ProviderError, TemporaryFailure

LONGEST_WAIT_S = 120.0
"""A wait that Gemini asks for beyond this is not waited for: the retries of a job would be burnt on a refusal (domain.md d.7)."""

_BUSY = frozenset({408, 409, 425, 429})
_CALENDAR_LIMITS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "calendarUsageLimitsExceeded"})
_TYPE, _RETRY_INFO, _QUOTA_FAILURE = "@type", "google.rpc.RetryInfo", "google.rpc.QuotaFailure"


def calendar_failure(status: int, body: Any, retry_after: str | None = None) -> ProviderError:
    """The error of one answer of Google Calendar; `body` is its JSON, or anything where it was none."""
    reasons = _calendar_reasons(body)
    limited = status == 403 and not reasons.isdisjoint(_CALENDAR_LIMITS)
    if limited or status in _BUSY or status >= 500:
        return TemporaryFailure(f"Google Calendar answered {_what(status, reasons)}", retry_after=_seconds(retry_after))
    if status in {401, 403}:
        return Misconfigured(
            f"Google Calendar answered {_what(status, reasons)}: "
            "share the calendar with the service account ('make changes to events') and switch on the Calendar API of its project"
        )
    if status == 404:
        return PermanentFailure("Google Calendar answered 404: GOOGLE_CALENDAR_ID names no calendar that the service account can see")
    return PermanentFailure(f"Google Calendar answered {_what(status, reasons)}")


def gemini_failure(status: int, details: Iterable[Any]) -> ProviderError:
    """The error of one answer of Gemini; `details` are those of google.rpc.Status, as JSON.

    The provider's own words are left out: they may quote what the applicant wrote.
    """
    known = [detail for detail in details if isinstance(detail, Mapping)]
    if status == 429:
        return _gemini_quota(known)
    if status in _BUSY or status >= 500 or status == 499:
        return TemporaryFailure(f"Gemini answered {status}", retry_after=_retry_delay(known))
    if status in {401, 403} or _has_reason(known, "API_KEY_INVALID"):
        return Misconfigured(f"Gemini answered {status}: GEMINI_API_KEY was refused")
    if status == 404:
        return Misconfigured("Gemini answered 404: GEMINI_MODEL names no model that this key may use")
    return PermanentFailure(f"Gemini answered {status}: it does not accept the request")


def _gemini_quota(details: list[Mapping[str, Any]]) -> ProviderError:
    delay = _retry_delay(details)
    if _daily_quota_is_used_up(details) or (delay is not None and delay > LONGEST_WAIT_S):
        return PermanentFailure("Gemini answered 429: the quota is used up for longer than a job can wait")
    return TemporaryFailure("Gemini answered 429: too many requests", retry_after=delay)


def _daily_quota_is_used_up(details: list[Mapping[str, Any]]) -> bool:
    return any(
        "PerDay" in str(violation.get("quotaId", ""))
        for detail in details
        if str(detail.get(_TYPE, "")).endswith(_QUOTA_FAILURE)
        for violation in detail.get("violations") or ()
        if isinstance(violation, Mapping)
    )


def _retry_delay(details: list[Mapping[str, Any]]) -> float | None:
    """The seconds of a RetryInfo, which JSON writes as `"17.5s"`."""
    for detail in details:
        if str(detail.get(_TYPE, "")).endswith(_RETRY_INFO):
            return _seconds(str(detail.get("retryDelay", "")).removesuffix("s"))
    return None


def _has_reason(details: list[Mapping[str, Any]], reason: str) -> bool:
    return any(detail.get("reason") == reason for detail in details)


def _calendar_reasons(body: Any) -> frozenset[str]:
    error = body.get("error") if isinstance(body, Mapping) else None
    errors = error.get("errors") if isinstance(error, Mapping) else None
    return frozenset(str(item.get("reason", "")) for item in errors or () if isinstance(item, Mapping)) - {""}


def _what(status: int, reasons: frozenset[str]) -> str:
    return f"{status} ({', '.join(sorted(reasons))})" if reasons else str(status)


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
