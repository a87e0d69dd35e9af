"""What only the start of a worker needed is given back to the system, and what it goes on to use is whole."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="how memory is mapped is told by Linux only")

LIVE = """
import hashlib, json, re, sqlite3, ssl, sys
from backend.adapters.rq.worker.allocator import give_back

def work():
    table = sqlite3.connect(":memory:")
    table.execute("create table numbers (n)")
    table.executemany("insert into numbers values (?)", [(n,) for n in range(1000)])
    total = table.execute("select sum(n) from numbers").fetchone()[0]
    return [hashlib.sha256(b"herbs").hexdigest(), total, ssl.create_default_context().verify_mode]

def mapped():
    return {line.split()[0]: int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("Rss")}

kept = [bytes([n % 256]) * 1000 for n in range(1000)]
before, first = mapped(), work()
give_back()
after, second = mapped(), work()
give_back()
whole = all(part == bytes([n % 256]) * 1000 for n, part in enumerate(kept))
print(json.dumps({"before": before, "after": after, "first": first, "second": second, "third": work(), "whole": whole}))
"""


@pytest.fixture(scope="module")
def life():
    """What a process that gives back twice between its work tells of its memory (KiB) and of its results."""
    answer = subprocess.run([sys.executable, "-c", LIVE], capture_output=True, text=True, check=True)
    return SimpleNamespace(**json.loads(answer.stdout))


def test_code_that_only_the_start_needed_is_given_back(life):
    assert life.after["RssFile:"] < life.before["RssFile:"] / 2


def test_what_is_used_again_is_there_again(life):
    assert life.first == life.second == life.third
    assert life.whole
