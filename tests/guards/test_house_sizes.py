"""Files and functions stay short, and shallow."""

import ast
from statistics import median, quantiles

import pytest

from tests.support.sources import ROOT, functions, name, python_files

PRODUCT = [*python_files("backend"), ROOT / "dev"]
ALL = [*PRODUCT, *python_files("tests", "benchmarks")]
_NESTING = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.Match, ast.AsyncFor, ast.AsyncWith)


def lines(path):
    return len(path.read_text("utf-8").splitlines())


def length(function):
    return function.end_lineno - function.lineno + 1


def percentile(values, percent):
    return quantiles(values, n=100)[percent - 1]


def depth(node):
    """How deep the blocks of a function nest; `elif` is no deeper than its `if`."""
    deepest = 0
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, field, []):
            elif_ = field == "orelse" and isinstance(node, ast.If) and isinstance(child, ast.If)
            own = isinstance(child, _NESTING) and not elif_
            deepest = max(deepest, depth(child) + own)
    return deepest


def test_no_file_is_longer_than_400_lines():
    assert [name(path) for path in ALL if lines(path) > 400] == []


def test_files_are_short():
    sizes = [count for path in PRODUCT if (count := lines(path)) > 1]

    assert median(sizes) <= 90
    assert percentile(sizes, 95) <= 250


@pytest.mark.parametrize(("measure", "limit"), [(length, 60), (depth, 3)], ids=["60 lines", "3 levels"])
def test_no_function_is_longer_or_deeper_than_can_be_read(measure, limit):
    found = [f"{name(path)}:{function.name}" for path in PRODUCT for function in functions(path) if measure(function) > limit]

    assert found == []


def test_functions_are_short():
    sizes = [length(function) for path in PRODUCT for function in functions(path)]

    assert median(sizes) <= 8
    assert percentile(sizes, 90) <= 25
