"""An idle worker keeps out of memory what only some jobs need: that is loaded by the first of these."""

import os
import subprocess
import sys

import pytest

NOT_IN_AN_IDLE_WORKER = (
    "PIL",
    "argon2",
    "backend.adapters.alerting",
    "backend.bootstrap",
    "backend.certification.application",
    "backend.queues.alerts.rules",
    "backend.queues.search",
    "bson",
    "click",
    "croniter",
    "flask",
    "flask_login",
    "flask_wtf",
    "fontpkg",
    "google.auth",
    "google.generativeai",
    "greenlet",
    "gunicorn",
    "icalendar",
    "jinja2",
    "prometheus_client",
    "pygments",
    "pymongo",
    "requests",
    "rich",
    "segno",
    "typst",
    "werkzeug",
)
BUILD = """
import sys
import backend.worker
from backend.adapters.rq.worker import allocator
from backend.clock import SystemClock
from backend.foundation import lay
from backend.furnishing import LateServices
from backend.settings import load
services = LateServices(lay(load(DATA_DIR=sys.argv[1], ENABLE_QUEUE="true", REDIS_URL="redis://127.0.0.1:1"), SystemClock()))
services.close()
allocator.give_back()
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmRSS")))
print("\\n".join(sys.modules))
"""
AT_MOST_MIB = 42
"""39 on the machine where this was written, with 64 bits and 4 KiB pages."""


@pytest.fixture(scope="module")
def idle(tmp_path_factory):
    """How many KiB are resident in a process that has built a worker's services, and the modules that it has loaded."""
    temporary = tmp_path_factory.mktemp("idle")
    command = [sys.executable, "-c", BUILD, str(temporary / "data")]
    # The second process finds everything compiled, as a worker does: compiling leaves megabytes behind.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    variables["PYTHONPYCACHEPREFIX"] = str(temporary / "compiled")
    for _ in range(2):
        answer = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    resident, *modules = answer.stdout.split()
    return int(resident), set(modules)


def test_an_idle_worker_has_not_loaded_what_only_some_jobs_need(idle):
    _, loaded = idle
    assert "backend.adapters.rq.worker.worker" in loaded
    assert loaded & set(NOT_IN_AN_IDLE_WORKER) == set()


def test_an_idle_worker_is_small(idle):
    resident, _ = idle
    assert resident / 1024 <= AT_MOST_MIB
