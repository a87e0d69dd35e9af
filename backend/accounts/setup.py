"""The accounts that exist after a start: the administrator of the environment, and those of the demonstration."""

from backend.accounts.service import AccountService
from backend.errors import InvalidInput, Misconfigured, Unavailable
from backend.settings import Settings
from backend.telemetry.logs import logger

_VARIABLES = {"email": "ADMIN_EMAIL", "password": "ADMIN_PASSWORD"}
log = logger("accounts")


def ensure_accounts(accounts: AccountService, settings: Settings) -> None:
    """Make them where they are missing; many processes may do it at once.

    Raises Misconfigured naming the variable. A database that is away does not keep the process from starting: it is
    told in the log, and the next start tries again.
    """
    try:
        _ensure_admin(accounts, settings)
        if settings.demo_data and not settings.production:
            accounts.ensure_demo()
    except Unavailable as error:
        log.warning("The accounts of the environment could not be looked after", error=str(error))


def _ensure_admin(accounts: AccountService, settings: Settings) -> None:
    email, password = settings.admin_email, settings.admin_password.get_secret_value()
    if not email and not password:
        return
    if not email or not password:
        raise Misconfigured(f"{'ADMIN_PASSWORD' if email else 'ADMIN_EMAIL'}: set both ADMIN_EMAIL and ADMIN_PASSWORD, or neither")
    try:
        accounts.ensure_admin(email, password)
    except InvalidInput as error:
        problems = (f"{_VARIABLES.get(item.field, item.field)}: {item.message}" for item in error.errors)
        raise Misconfigured("; ".join(problems)) from None
