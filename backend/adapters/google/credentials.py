"""Signs in to Google as a service account, with the key file that `GOOGLE_APPLICATION_CREDENTIALS` names."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.errors import Misconfigured

if TYPE_CHECKING:
    import requests

CALENDAR_SCOPE = "https://www.googleapis.com/auth/calendar.events"


def service_account_session(key_file: str, scope: str = CALENDAR_SCOPE) -> "requests.Session":
    """A session whose requests carry an access token, fetched when the first one is made.

    Raises Misconfigured where the file is missing or is not the key of a service account.
    """
    # Imported here, for it takes a third of a second that a web process never needs.
    from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415
    from google.oauth2.service_account import Credentials  # noqa: PLC0415

    if not Path(key_file).is_file():
        raise Misconfigured(f"GOOGLE_APPLICATION_CREDENTIALS: there is no file {key_file!r}; name the JSON key of a service account")

    class OneHostCredentials(Credentials):
        """Without the look-up of regional restrictions: a thread that asks a second host, which offices often do not let through."""

        def _is_regional_access_boundary_lookup_required(self) -> bool:
            return False

    try:
        credentials: Any = OneHostCredentials.from_service_account_file(key_file, scopes=[scope])  # type: ignore[no-untyped-call]
    except (ValueError, AttributeError, OSError) as error:  # an AttributeError where the JSON is a list
        raise Misconfigured(f"GOOGLE_APPLICATION_CREDENTIALS: {key_file!r} is not the JSON key of a service account") from error
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
