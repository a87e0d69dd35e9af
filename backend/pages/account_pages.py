"""Register, sign in and sign out, by form."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from backend.accounts.errors import EmailTaken, TooManyAttempts
from backend.accounts.passwords import MIN_LENGTH
from backend.errors import FieldError, InvalidInput, NotSignedIn
from backend.pages.form.views import Problem
from backend.pages.rendering import page, translate
from backend.pages.words import own_language
from backend.web.current_user import client_ip, forget, remember, visitor
from backend.web.gates import gate, public
from backend.web.state import use_cases

blueprint = Blueprint("account_pages", __name__)
Answer = Response | WerkzeugResponse


@blueprint.get("/")
@gate(public)
def start() -> Answer:
    """What the service is and what to have ready; whoever is signed in goes on to their work."""
    return redirect(home()) if visitor() else page("start.html")


@blueprint.get("/register")
@gate(public)
def register() -> Answer:
    return redirect(home()) if visitor() else _register_page()


@blueprint.post("/register")
@gate(public)
def send_registration() -> Answer:
    """Make the account and go in with it."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        use_cases().accounts.register(email, password, request.form.get("name", ""), ip=client_ip())
    except InvalidInput as error:
        return _register_page(_problems(error.errors), status=422)
    except EmailTaken:
        taken = Problem(translate("account.email_taken"), "email", "EMAIL_TAKEN")
        return _register_page([taken], status=409)
    except TooManyAttempts as error:
        return _later(_register_page([Problem(own_language(str(error)), "email", "TOO_MANY")], status=429), error)
    remember(use_cases().accounts.sign_in(email, password, ip=client_ip()))
    return redirect(home())


@blueprint.get("/sign-in")
@gate(public)
def sign_in() -> Answer:
    return redirect(_next()) if visitor() else _sign_in_page()


@blueprint.post("/sign-in")
@gate(public)
def send_sign_in() -> Answer:
    try:
        done = use_cases().accounts.sign_in(request.form.get("email", ""), request.form.get("password", ""), ip=client_ip())
    except NotSignedIn as error:
        return _sign_in_page([Problem(own_language(str(error)), "email", "SIGN_IN")], status=422)
    except TooManyAttempts as error:
        return _later(_sign_in_page([Problem(own_language(str(error)), "email", "TOO_MANY")], status=429), error)
    remember(done)
    return redirect(_next() if request.form.get("next") else home(is_staff=done.user.is_staff))


@blueprint.post("/sign-out")
@gate(public)
def sign_out() -> Answer:
    forget()
    return redirect(url_for("account_pages.start"))


def home(*, is_staff: bool | None = None) -> str:
    """Where the work of the visitor is."""
    found = visitor()
    staff = is_staff if is_staff is not None else bool(found and found.user.is_staff)
    return url_for("officer_pages.applications" if staff else "application_pages.applications")


def _next() -> str:
    """The page that asked for the sign-in, as long as it is one of ours."""
    wanted = request.values.get("next", "").replace("\\", "/")
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith("//") and not parts.netloc and wanted.isprintable()
    return wanted if ours else home()


def _register_page(problems: list[Problem] | None = None, *, status: int = 200) -> Response:
    return page("register.html", status, problems=problems or [], typed=request.form, shortest=MIN_LENGTH)


def _sign_in_page(problems: list[Problem] | None = None, *, status: int = 200) -> Response:
    return page("sign_in.html", status, problems=problems or [], typed=request.form, next=request.values.get("next", ""))


def _later(response: Response, error: TooManyAttempts) -> Response:
    response.headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return response


def _problems(errors: tuple[FieldError, ...]) -> list[Problem]:
    return [Problem(own_language(error.message), error.field, error.code) for error in errors]
