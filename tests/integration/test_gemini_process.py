"""How the Gemini SDK lives in our processes: loaded late, quietly, and not shared over a fork."""

import subprocess
import sys

from tests.support import fake_gemini as gemini
from tests.support.fake_gemini import FakeGemini

IMPORTS = """
import sys
import backend.adapters.google.calendar, backend.adapters.google.gemini
loaded = {"google.generativeai", "google.auth", "grpc", "requests"} & set(sys.modules)
raise SystemExit(f"loaded already: {loaded}" if loaded else 0)
"""

REVIEWS = """
import os, sys
from backend.adapters.google.gemini import GeminiReviewer
reviewer = GeminiReviewer("fake-key", "gemini-test", endpoint=sys.argv[1])
reviewer.review({"number": 0})
children = []
for number in (1, 2):
    child = os.fork()
    if not child:
        reviewer.review({"number": number})
        os._exit(0)
    children.append(child)
raise SystemExit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))
"""


def test_importing_the_adapters_loads_no_sdk() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_client_used_before_a_fork_serves_parent_and_children_without_a_warning() -> None:
    with FakeGemini(gemini.good()) as server:
        command = [sys.executable, "-W", "error::FutureWarning", "-c", REVIEWS, server.url]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(server.requests) == 3
