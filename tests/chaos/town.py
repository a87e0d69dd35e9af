"""The real processes of a deployment on one folder: web, worker, scheduler and Valkey, each of which may be ended at any moment."""

import os
import signal
import subprocess
import sys
import time

import psutil
import requests

from backend.accounts.roles import Role
from backend.adapters.documents.applications import DocumentApplications
from backend.adapters.sqlite.store import SqliteStore
from backend.bootstrap import Parts, build
from backend.settings import load
from tests.chaos.redis_house import RedisHouse
from tests.support.stack import ROOT, free_port

PASSWORD = "a good long password"
FARMER = "farmer@example.com"
OFFICER = "officer@example.com"
HOUSES = ("web", "worker", "scheduler")


class Town:
    """`observer` sees the same folder without a queue: it reads what the processes did, and does nothing itself."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.redis = RedisHouse(folder / "valkey")
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._running = {}
        common = {"DATA_DIR": str(folder), "GACP_ENV": "test", "SECRET_KEY": "k" * 32, "OFFICER_EMAIL": OFFICER}
        self._variables = common | {
            "REDIS_URL": self.redis.url,
            "ENABLE_QUEUE": "true",
            "PORT": str(self.port),
            "AI_QC_AUTO_DELAY_MS": "300",
            "LOG_LEVEL": "INFO",
        }
        store = SqliteStore(folder / "documents.db")
        self.applications = DocumentApplications(store)
        self.observer = build(load(**common), Parts(store=store))
        accounts = self.observer.accounts
        accounts.add_user(FARMER, Role.FARMER, PASSWORD)
        self.token = accounts.sign_in(FARMER, PASSWORD).token

    def start(self, house):
        """Start it where it does not run; returns at once."""
        if not self.runs(house):
            kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
            with (self.folder / f"{house}.log").open("a") as log:
                self._running[house] = subprocess.Popen(
                    [sys.executable, "-m", "backend.console", house],
                    cwd=ROOT,
                    env=kept | self._variables,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def runs(self, house):
        return house in self._running and self._running[house].poll() is None

    def everything_runs(self):
        """Heal the town: whatever hangs goes on, whatever is gone is started; returns when the web answers."""
        self.redis.start()
        for house in HOUSES:
            self.signal(house, signal.SIGCONT)
            self.start(house)
        end = time.monotonic() + 40
        while not self.answers():
            assert time.monotonic() < end, f"the web does not start: see {self.folder / 'web.log'}"
            self.start("web")
            time.sleep(0.1)

    def keep_running(self):
        """What a supervisor does: start again whatever has ended."""
        for house in HOUSES:
            self.start(house)

    def answers(self):
        try:
            return requests.get(f"{self.base}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def signal(self, house, number):
        """Send it to the whole group, as the kernel would kill a container."""
        if self.runs(house):
            os.killpg(self._running[house].pid, number)

    def kill(self, house):
        self.signal(house, signal.SIGKILL)
        if house in self._running:
            self._running[house].wait()

    def kill_one_child_of(self, house, random):
        """One process of the group only, such as gunicorn's worker without its master."""
        if self.runs(house):
            children = psutil.Process(self._running[house].pid).children(recursive=True)
            if children:
                random.choice(children).kill()

    def leave(self):
        """End everything at once."""
        for house in HOUSES:
            self.kill(house)
        self.redis.kill()
        self.observer.close()
