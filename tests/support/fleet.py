"""Processes of one installation as a supervisor runs them in production: gunicorn with several children, and workers."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import requests

from tests.support.redis_server import RedisServer
from tests.support.stack import free_port

ROOT = Path(__file__).parents[2]
TOKEN = "for-prometheus"


class Fleet:
    """`web` gunicorn children and some workers on one Redis and one folder; ends with everything that it started."""

    def __init__(self, folder, *, web, **variables):
        self.redis = RedisServer(folder / "redis")
        self.base = f"http://127.0.0.1:{(port := free_port())}"
        self.variables = {
            "GACP_ENV": "test",
            "DATA_DIR": str(folder / "var"),
            "SECRET_KEY": "k" * 32,
            "INTERNAL_SECRET": "for-the-inside",
            "MONITORING_TOKEN": TOKEN,
            "ENABLE_QUEUE": "true",
            "REDIS_URL": self.redis.url,
            "PORT": str(port),
            "LOG_LEVEL": "WARNING",
            **variables,
        }
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "PYTHONPATH"}}
        self._environment = kept | self.variables | {"WEB_CONCURRENCY": str(web)}
        self.log = folder / "fleet.log"
        self._log = self.log.open("ab")
        self._started = []
        self.gunicorn = self._start("gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")

    def worker(self):
        """One more worker, a process by itself."""
        return self._start("backend.console", "worker", "--alone")

    def scrape(self):
        """The page of metrics, from whichever child takes the request; None where none does at this moment."""
        try:
            answer = requests.get(f"{self.base}/api/health/queues/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20)
        except requests.RequestException:
            return None
        return answer.text if answer.status_code == 200 else None

    def web_children(self):
        return psutil.Process(self.gunicorn.pid).children()

    def stop(self, process):
        """As a supervisor does, and waits for its good end."""
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0

    def leave(self):
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.redis.kill()
        self._log.close()

    def _start(self, module, *words):
        command = [sys.executable, "-m", module, *words]
        process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log, start_new_session=True)
        self._started.append(process)
        return process


def wait_for(condition, seconds=90.0):
    """Until it holds; loaded machines start processes slowly."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)
    return found
