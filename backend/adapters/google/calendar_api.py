"""The three requests to Google Calendar's REST API that we make, with their errors told apart."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from backend.adapters.google.errors import calendar_failure
from backend.adapters.google.per_process import PerProcess
from backend.errors import Misconfigured, NoAnswer, PermanentFailure, ProviderError, TemporaryFailure, Unreachable

if TYPE_CHECKING:
    import requests

PUBLIC_ENDPOINT = "https://www.googleapis.com"
TIMEOUT_S = 10.0
"""Per request: five of them, the most that one appointment takes as a rule, fit into the 60 s of a calendar job."""

Event = Mapping[str, Any]
# Our own letters tell people; Google would tell them twice. A Meet room is asked for in conferenceData, version 1.
_OPTIONS = {"sendUpdates": "none", "conferenceDataVersion": "1"}


class EventExists(PermanentFailure):
    """There is, or was, an event with this id."""


class EventGone(PermanentFailure):
    """There is no event with this id, or it was removed for good."""


class EventChanged(PermanentFailure):
    """Somebody else changed the event since it was read."""


class EventRefused(PermanentFailure):
    """The event is not what the API accepts."""


class CalendarApi:
    """Events of one calendar; `endpoint` is empty for Google itself."""

    def __init__(self, session: Callable[[], "requests.Session"], calendar_id: str, endpoint: str = "") -> None:
        root = (endpoint or PUBLIC_ENDPOINT).rstrip("/").removesuffix("/calendar/v3")
        self._events = f"{root}/calendar/v3/calendars/{quote(calendar_id, safe='')}/events"
        self._session = PerProcess(session)

    def insert(self, event_id: str, body: Event) -> Event:
        """Add an event under an id of ours. Raises EventExists, EventRefused or an error of `calendar_failure`."""
        return self._send("POST", "", {**body, "id": event_id}, meanings={409: EventExists, 400: EventRefused})

    def get(self, event_id: str) -> Event:
        """The event, cancelled ones too. Raises EventGone or an error of `calendar_failure`."""
        return self._send("GET", event_id, meanings={404: EventGone, 410: EventGone})

    def patch(self, event_id: str, body: Event, etag: str) -> Event:
        """Change the fields in `body` where the event is still the one of `etag`.

        Raises EventGone, EventChanged, EventRefused or an error of `calendar_failure`.
        """
        meanings = {404: EventGone, 410: EventGone, 412: EventChanged, 400: EventRefused}
        return self._send("PATCH", event_id, body, etag=etag, meanings=meanings)

    def _send(
        self, method: str, event_id: str, body: Event | None = None, *, etag: str = "", meanings: Mapping[int, type[ProviderError]]
    ) -> Event:
        answer = self._answer(method, f"{self._events}/{event_id}" if event_id else self._events, body, etag)
        content = _json(answer)
        if answer.status_code in meanings:
            raise meanings[answer.status_code](str(calendar_failure(answer.status_code, content)))
        if not answer.ok:
            raise calendar_failure(answer.status_code, content, answer.headers.get("Retry-After"))
        if not isinstance(content, dict):
            raise TemporaryFailure("Google Calendar answered with something that is not an event")
        return content

    def _answer(self, method: str, url: str, body: Event | None, etag: str) -> "requests.Response":
        import requests  # noqa: PLC0415 - on first use, as in credentials.py
        from google.auth.exceptions import GoogleAuthError, TransportError  # noqa: PLC0415

        headers = {"If-Match": etag} if etag else {}
        params = _OPTIONS if body is not None else {}
        try:
            return self._session.get().request(method, url, json=body, params=params, headers=headers, timeout=TIMEOUT_S)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as error:
            raise Misconfigured("GOOGLE_CALENDAR_API_ENDPOINT is not an address such as https://host") from error
        except requests.exceptions.Timeout as error:
            raise NoAnswer(f"Google Calendar did not answer within {TIMEOUT_S} s") from error
        except (requests.exceptions.RequestException, TransportError) as error:
            raise Unreachable(f"Google Calendar cannot be reached ({type(error).__name__})") from error
        except GoogleAuthError as error:
            if error.retryable:
                raise Unreachable(f"Google's sign-in cannot be reached ({type(error).__name__})") from error
            raise Misconfigured("Google refuses the key in GOOGLE_APPLICATION_CREDENTIALS: is it deleted or disabled?") from error


def _json(answer: "requests.Response") -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
