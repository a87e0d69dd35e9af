"""How long a submission over HTTP takes on the whole stack: with the queue, with Redis gone, and with no queue at all."""

import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import local

import requests

from backend.adapters.embedded.process import Child
from backend.adapters.embedded.valkey import Valkey
from benchmarks.table import Row, show
from tests.support.stack import Stack, eventually, running

SAMPLE = Path("backend/certification/samples/02_plai_community_enterprise_new.json")
PER_SECOND = 10
SECONDS = 20
WARM_UP = 10
PAIRS = 25
FIFTY_MS = 0.050
TWENTY_MS = 0.020


class Farmer:
    """Somebody who is signed in, on a stack of the benchmark's own, with a drawer of drafts to submit."""

    def __init__(self, stack: Stack, drafts: int) -> None:
        self._stack = stack
        self._token = stack.sign_in("FARMER").headers["Authorization"]
        self._sessions = local()
        body = json.loads(SAMPLE.read_text("utf-8"))
        self._drafts = [self._post("applications", 201, json=body)["application"]["id"] for _ in range(drafts)]

    def submit(self) -> dict:
        """Submit the next draft; the answer tells in `qc.status` whether the work is queued or done."""
        return self._post(f"applications/{self._drafts.pop()}/submit", 200)

    def _post(self, path: str, status: int, **more: object) -> dict:
        if not hasattr(self._sessions, "own"):
            self._sessions.own = requests.Session()
            self._sessions.own.headers["Authorization"] = self._token
        answer = self._sessions.own.post(f"{self._stack.base}/api/v1/{path}", timeout=60, **more)
        assert answer.status_code == status, answer.text
        return answer.json()


def at_a_steady_rate(farmer: Farmer, per_second: int, seconds: int) -> list[float]:
    """Submit at fixed moments, whether or not the answers before have come; each is timed from the moment that it was due."""
    began = time.perf_counter()

    def submit(due: float) -> float:
        assert farmer.submit()["qc"]["status"] == "queued"
        return time.perf_counter() - due

    with ThreadPoolExecutor(per_second) as people:
        waiting = []
        for number in range(per_second * seconds):
            due = began + number / per_second
            time.sleep(max(0.0, due - time.perf_counter()))
            waiting.append(people.submit(submit, due))
        return [each.result() for each in waiting]


def with_the_queue(folder: Path) -> bool:
    """The answer under load, while the worker does the work of all submissions before."""
    with running(folder, ENABLE_QUEUE="true", AI_QC_AUTO_DELAY_MS="5000") as stack:
        farmer = Farmer(stack, WARM_UP + PER_SECOND * SECONDS)
        for _ in range(WARM_UP):
            farmer.submit()
        row = Row(f"submit, {PER_SECOND} per second", at_a_steady_rate(farmer, PER_SECOND, SECONDS), FIFTY_MS)
    return show(f"POST /submit with the queue on, {SAMPLE.name}", [row])


def without_redis(folder: Path) -> bool:
    """The same with Redis stopped, beside the same with no queue at all, in turn."""
    with ExitStack() as house:
        valkey = Valkey(folder / "valkey")
        server = Child(valkey.program())
        house.callback(server.close)
        house.callback(server.kill_group)
        eventually(valkey.answers)
        for name in ("inline", "away"):
            (folder / name).mkdir()
        inline = Farmer(house.enter_context(running(folder / "inline", ENABLE_QUEUE="false")), PAIRS + WARM_UP)
        away = Farmer(house.enter_context(running(folder / "away", ENABLE_QUEUE="true", REDIS_URL=valkey.url)), PAIRS + WARM_UP)
        server.kill_group()
        for _ in range(WARM_UP):  # the first of them opens the circuit
            done(inline)
            done(away)
        pairs = [(done(inline), done(away)) for _ in range(PAIRS)]
    plain, stopped = (list(column) for column in zip(*pairs, strict=True))
    base = Row("submit, ENABLE_QUEUE=false", plain)
    rows = [base, Row("submit, Redis stopped", stopped, base.median + TWENTY_MS, by="median")]
    return show(f"POST /submit with everything done in the request, {SAMPLE.name}", rows)


def done(farmer: Farmer) -> float:
    """Seconds of one submission that is worked off before it is answered."""
    began = time.perf_counter()
    assert farmer.submit()["qc"]["status"] == "completed"
    return time.perf_counter() - began


def main() -> int:
    """Print the tables; 1 where a limit was not kept."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        kept = [with_the_queue(Path(first)), without_redis(Path(second))]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
