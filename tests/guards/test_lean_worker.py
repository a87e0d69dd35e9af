"""An idle worker keeps out of memory what only some jobs need: that is loaded by the first of these."""

import subprocess
import sys

NOT_IN_AN_IDLE_WORKER = (
    "argon2",
    "bson",
    "flask",
    "flask_login",
    "flask_wtf",
    "fontpkg",
    "google.auth",
    "google.generativeai",
    "gunicorn",
    "icalendar",
    "jinja2",
    "pymongo",
    "requests",
    "segno",
    "typst",
    "werkzeug",
)
BUILD = """
import sys
import backend.worker
from backend.bootstrap import build
from backend.settings import load
build(load(DATA_DIR=sys.argv[1], ENABLE_QUEUE="true", REDIS_URL="redis://127.0.0.1:1")).close()
print("\\n".join(sys.modules))
"""


def test_an_idle_worker_has_not_loaded_what_only_some_jobs_need(tmp_path):
    answer = subprocess.run([sys.executable, "-c", BUILD, str(tmp_path)], capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert "backend.adapters.rq.worker.worker" in loaded
    assert loaded & set(NOT_IN_AN_IDLE_WORKER) == set()
