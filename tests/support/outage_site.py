"""The whole application over a Redis that a test may take away: the web in this process, worker and scheduler beside it."""

import email
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from email.policy import default

from backend.accounts.roles import Role
from backend.adapters.rq.broker import RqBroker
from backend.app import create_app
from backend.bootstrap import Parts, build
from backend.queues.errors import BrokerUnavailable, PatienceLost
from backend.queues.testing import submitted
from backend.settings import load
from tests.support.site import PASSWORD, sample
from tests.support.stack import ROOT

DEADLINE_MS = 250


@dataclass(frozen=True)
class Wait:
    """How long one hand-over took, and whether Redis let its time run out."""

    seconds: float
    in_vain: bool


class WatchedBroker(RqBroker):
    """The real broker, which notes the waits of all hand-overs that asked Redis."""

    waits = ()

    def hand_over(self, tickets):
        began, in_vain = time.monotonic(), False
        try:
            super().hand_over(tickets)
        except PatienceLost:
            began = None
            raise
        except BrokerUnavailable as error:
            in_vain = "Timeout" in str(error)
            raise
        finally:
            if began is not None:
                self.waits = (*self.waits, Wait(time.monotonic() - began, in_vain))


class OutageSite:
    """One farmer's view of it, and what the ledger and the outbox hold in the end."""

    def __init__(self, folder, url):
        self.outbox = folder / "outbox"
        self.variables = {
            "DATA_DIR": str(folder),
            "REDIS_URL": url,
            "GACP_ENV": "test",
            "ENABLE_QUEUE": "true",
            "REDIS_DEADLINE_MS": str(DEADLINE_MS),
            "AI_QC_AUTO_DELAY_MS": "0",
            "LOG_LEVEL": "WARNING",
            "SECRET_KEY": "k" * 32,
        }
        self.broker = WatchedBroker.open(url, deadline_ms=DEADLINE_MS)
        self.services = build(load(**self.variables), Parts(broker=self.broker))
        self.platform = self.services.queue_platform
        accounts = self.services.accounts
        accounts.add_user("farmer@example.com", Role.FARMER, PASSWORD)
        self._app = create_app(self.services)
        self._token = accounts.sign_in("farmer@example.com", PASSWORD).token
        self.submissions = []

    @contextmanager
    def workers(self):
        """A worker and a scheduler process for the length of a `with` block."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        commands = [[sys.executable, "-m", "backend.console", kind] for kind in ("worker", "scheduler")]
        processes = [subprocess.Popen(command, cwd=ROOT, env=kept | self.variables) for command in commands]
        try:
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.wait()

    def submit(self):
        """Draft and submit one application; returns the answer and its waits for Redis, call by call."""
        farmer = self._farmer()
        draft = farmer.post("/api/v1/applications", json=sample())
        self.broker.waits = ()
        response = farmer.post(f"/api/v1/applications/{draft.get_json()['application']['id']}/submit")
        assert response.status_code == 200, response.get_json()
        self.submissions.append(response.get_json())
        return response.get_json(), self.broker.waits

    def application(self, id):
        return self._farmer().get(f"/api/v1/applications/{id}").get_json()["application"]

    def work_left(self):
        """What is not finished yet, as people see it."""
        counts = self.platform.control.stats().values()
        return sum(each["waiting"] + each["active"] + each["delayed"] + each["paused"] for each in counts)

    def jobs(self, id):
        """How often each kind of job about that application ran to its end."""
        ends = Counter()
        for job in submitted(self.platform):
            if job.subject == id:
                part = job.payload.get("kind") or job.payload.get("variant") or ""
                ends[f"{job.type} {part}".strip()] += sum(attempt.outcome == "completed" for attempt in job.attempts)
        return ends

    def letters(self, id):
        """The subjects of the letters in the outbox that link to that application."""
        messages = [email.message_from_bytes(path.read_bytes(), policy=default) for path in self.outbox.glob("*.eml")]
        return sorted(message["Subject"] for message in messages if id in message.get_body(("plain",)).get_content())

    def _farmer(self):
        client = self._app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self._token}"
        return client
