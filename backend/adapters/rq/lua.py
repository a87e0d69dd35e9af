"""The scripts that run in Redis, put together of their files."""

from importlib.resources import files

from rq.results import Result

from backend.adapters.redis.scripts import Script
from backend.adapters.rq import names
from backend.adapters.rq.tickets import CALL

_LIST = names.list_key("")
_WORDS = {
    "CALL": CALL.decode("latin-1"),
    "QUEUES": names.QUEUES_KEY,
    "QUEUE": _LIST,
    "FLIGHT": names.in_flight_key("").removeprefix(_LIST),
    "ORDER": names.order_key(""),
    "MARKS": names.marks_key(""),
    "WAKE": names.wake_key(""),
    "RUNNING": names.running_key(""),
    "DELAYED": names.delayed_key(""),
    "FINISHED": names.finished_key(""),
    "FAILED": names.failed_key(""),
    "STARTS": names.starts_key(""),
    "JOB": names.JOB_PREFIX,
    "RESULTS": Result.get_key(""),  # type: ignore[no-untyped-call]
    "EXECUTIONS": names.execution_keys("", "")[0],
    "EXECUTION": names.EXECUTION_PREFIX,
}
"""How the names of keys begin (that of the jobs in flight: how it goes on after the queue's list), and the call that every job holds."""


def _script(*parts: str) -> Script:
    folder = files("backend.adapters.rq") / "scripts"
    words = f"local {', '.join(_WORDS)} = {', '.join(map(_quoted, _WORDS.values()))}"
    return Script("\n".join([words, *((folder / f"{part}.lua").read_text(encoding="utf-8") for part in ("constants", *parts))]))


def _quoted(text: str) -> str:
    plain = [chr(byte) if 32 <= byte <= 126 and byte not in b"\\'" else f"\\{byte:03d}" for byte in text.encode("latin-1")]
    return f"'{''.join(plain)}'"


_HANDING = ("queue", "line", "place", "waking", "ticket", "executions", "handing")
_WORKER = ("taking", "clock", "limits", "worker")

HAND_OVER = _script("usual", *_HANDING, "hand_over")
PROMOTE = _script("queue", "line", "place", "waking", "promote")
FORGET = _script("queue", "line", "place", "forget")
PRIORITIES = _script("queue", "priorities")
TURN = _script(*_HANDING, "settling", *_WORKER, "ending", "serving")
"""One turn of a worker: settles what has ended, then takes what is next."""
WAITED_TURN = _script("queue", "line", "waking", *_WORKER, "moment", "waited", "serving")
"""The same for a worker that had to wait for a job, which begins the sooner for every line that its turn does not have."""
