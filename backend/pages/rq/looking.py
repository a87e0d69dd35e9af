"""What stands before each view of rq-dashboard: is Redis in use, and does it answer; nobody waits longer than its deadline."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response

from backend.errors import Conflict, NotFound
from backend.pages.rendering import page, translate
from backend.queues.errors import BrokerUnavailable
from backend.queues.window import Window
from backend.web.problems import for_programs
from backend.web.state import use_cases

View = Callable[..., Any]
AGAIN_AFTER_S = 5


def for_people(view: View) -> View:
    """The view, or a page that says why there is nothing to see."""

    @wraps(view)
    def guarded(**arguments: Any) -> Any:
        _only_instance(arguments)
        try:
            return view(window(), **arguments)
        except Conflict:
            return page("rq/away.html", why="off")
        except BrokerUnavailable:
            response = page("rq/away.html", 503, why="away")
            response.headers["Retry-After"] = str(AGAIN_AFTER_S)
            return response

    return guarded


def for_scripts(view: View) -> View:
    """The view's object as JSON; errors are problem documents."""

    @for_programs
    @wraps(view)
    def guarded(**arguments: Any) -> Response | dict[str, Any]:
        _only_instance(arguments)
        found: dict[str, Any] = view(window(), **arguments)
        return found

    return guarded


def window() -> Window:
    """What is seen of Redis. Raises Conflict where jobs do not go there, and BrokerUnavailable while it is away: it is asked
    once, and not at all while the circuit is open."""
    found = use_cases().window
    state = use_cases().queue_control.redis()
    if found is None or state == "off":
        raise Conflict(translate("rq.off"))
    if state == "away":
        raise BrokerUnavailable(translate("rq.away"))
    return found


def _only_instance(arguments: dict[str, Any]) -> None:
    """rq-dashboard can look at several servers by number; here is one."""
    if arguments.pop("instance_number", 0) != 0:
        raise NotFound(translate("rq.one_instance"))
