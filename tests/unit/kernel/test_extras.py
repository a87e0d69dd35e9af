"""A library may be imported without its extras; whoever wants these afterwards gets them."""

import sys

import pytest

from backend.telemetry.extras import without

EXTRA = "colorsys"


@pytest.fixture
def not_imported():
    before = sys.modules.pop(EXTRA, None)
    yield
    if before is not None:
        sys.modules[EXTRA] = before


@pytest.mark.usefixtures("not_imported")
def test_what_is_hidden_cannot_be_imported_until_the_block_ends():
    with without(EXTRA), pytest.raises(ModuleNotFoundError):
        __import__(EXTRA)
    assert __import__(EXTRA).__name__ == EXTRA


def test_what_has_been_imported_stays():
    with without("json"):
        assert __import__("json") is sys.modules["json"]
    assert "json" in sys.modules


@pytest.mark.usefixtures("not_imported")
def test_an_accident_inside_hides_nothing_for_ever():
    with pytest.raises(KeyError), without(EXTRA):
        raise KeyError
    assert __import__(EXTRA).__name__ == EXTRA
