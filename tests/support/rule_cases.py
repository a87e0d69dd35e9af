"""Applications for tests of the rules: a sample with some of its fields changed, and what the rules say of it."""

import json
from copy import deepcopy
from datetime import date
from functools import cache
from pathlib import Path

from backend.certification.form import ApplicationForm
from backend.certification.policy import Policy
from backend.certification.quality.review import review
from backend.certification.validation import validate

AS_OF = date(2026, 11, 2)
POLICY = Policy.in_force(AS_OF)
SAMPLES = Path("backend/certification/samples")
EXPECTED = json.loads(Path("tests/fixtures/EXPECTED.json").read_text("utf-8"))["samples"]
GONE = object()
"""As a new value: take the field away."""


@cache
def _read(number):
    [path] = SAMPLES.glob(f"{number:02}_*.json")
    return json.loads(path.read_text("utf-8"))


def body(changes=None, base=1):
    """The JSON of a sample; `changes` are path: value, where a document is named by its slot and `+` appends to a list."""
    document = deepcopy(_read(base))
    for path, value in (changes or {}).items():
        _change(document, path.split("."), value)
    return document


def form(changes=None, base=1):
    return ApplicationForm.parse(body(changes, base))


def result(changes=None, base=1, as_of=AS_OF):
    return review(form(changes, base), as_of)


def issues(changes=None, base=1, as_of=AS_OF):
    """The (code, path) of every issue; sample 01, the default, has none of its own."""
    return [(issue.code, issue.path) for issue in result(changes, base, as_of).issues]


def errors(changes=None, base=1):
    """The (path, code) of everything that stops the submission."""
    return [(finding.path, finding.code) for finding in validate(form(changes, base), AS_OF)]


def _change(holder, steps, value):
    *way, last = steps
    for step in way:
        holder = holder[_key(holder, step)] if not isinstance(holder, dict) else holder.setdefault(step, {})
    if last == "+":
        holder.append(value)
    elif value is GONE:
        del holder[_key(holder, last)]
    elif isinstance(holder, dict):
        holder[last] = value
    else:
        holder[_key(holder, last)] = value


def _key(holder, step):
    if isinstance(holder, dict):
        return step
    if step.isdigit():
        return int(step)
    return next(index for index, item in enumerate(holder) if item["slot"] == step)
