"""The examples of the documentation run."""

import re
import sys
from types import ModuleType

import pytest

from tests.support.sources import ROOT, name

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if BLOCK.search(page.read_text("utf-8"))]


def examples(text):
    """The Python blocks of a page as one program, in which every line stands where it stands on the page."""
    program = [""] * text.count("\n")
    for block in BLOCK.finditer(text):
        first = text[: block.start(1)].count("\n")
        lines = block.group(1).splitlines()
        program[first : first + len(lines)] = lines
    return "\n".join(program)


def run(text, filename):
    """Run the examples as a module of their own, as annotations are looked up in it."""
    module = ModuleType("documentation_example")
    sys.modules[module.__name__] = module
    try:
        exec(compile(examples(text), filename, "exec"), vars(module))
    finally:
        del sys.modules[module.__name__]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_examples_of_a_page_run_from_top_to_bottom(page):
    run(page.read_text("utf-8"), str(page))


def test_the_page_about_the_queue_has_examples():
    assert "docs/how-to/use-the-queue.md" in [name(page) for page in PAGES]


def test_an_example_that_is_wrong_is_found_on_its_line():
    with pytest.raises(AssertionError) as caught:
        run("# A page\n\n```python\nx = 1\n```\nwords\n```python\n\nassert x == 2\n```\n", "page.md")

    assert caught.traceback[-1].lineno + 1 == 9
