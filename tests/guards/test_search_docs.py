"""docs/reference/search.md tells of every key, and its examples mean something."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.queues.search_language import KEYS, read_terms
from backend.queues.search_meaning import meaning

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "search.md").read_text("utf-8")
EXAMPLES = re.search("```search\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()
IN_TABLE = re.findall(r"^\| `[^|]*\|[^|]*\| (`[^|]*`) \|$", PAGE, re.MULTILINE)


class Nobody:
    def subjects_numbered(self, _):
        return []

    def known_as(self, _):
        return [], []


def queries():
    return [*EXAMPLES, *(query for cell in IN_TABLE for query in re.findall("`([^`]*)`", cell))]


@pytest.mark.parametrize("query", queries())
def test_an_example_is_a_search(query):
    assert meaning(read_terms(query), datetime(2026, 11, 2, tzinfo=UTC), Nobody()).parts


def test_every_key_is_told_and_shown():
    shown = {term.key for query in queries() for term in read_terms(query)}

    assert shown >= set(KEYS)
    assert {key for row in re.findall(r"^\| (`[a-z, `]*`) \|", PAGE, re.MULTILINE) for key in re.findall("[a-z]+", row)} >= set(KEYS)
