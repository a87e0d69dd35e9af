"""The scripts that run in Redis, put together of their files."""

from importlib.resources import files

from rq.defaults import RQ_KEY_PREFIX

from backend.adapters.redis.scripts import Script
from backend.adapters.rq.names import JOB_PREFIX
from backend.adapters.rq.tickets import CALL


def _script(*parts: str) -> Script:
    """With RQ's prefixes for the keys of one job, which no caller can list beforehand, and the call that every job holds."""
    folder = files("backend.adapters.rq") / "scripts"
    constants = f"local RQ, JOB, CALL = '{RQ_KEY_PREFIX}:', '{JOB_PREFIX}', '{_quoted(CALL)}'"
    return Script("\n".join([constants, *((folder / f"{part}.lua").read_text(encoding="utf-8") for part in parts)]))


def _quoted(raw: bytes) -> str:
    return "".join(f"\\{byte:03d}" for byte in raw)


HAND_OVER = _script("queue", "place", "executions", "handing", "hand_over")
PROMOTE = _script("queue", "place", "promote")
FORGET = _script("queue", "place", "forget")
PRIORITIES = _script("queue", "place", "priorities")
TURN = _script("queue", "place", "executions", "handing", "settling", "taking", "limits", "moment", "turn")
