"""The log as production writes it, read back."""

import pytest

from tests.support.logged import logged


@pytest.fixture
def lines(capsys):
    """What `call()` writes, parsed."""
    with logged(capsys) as read:
        yield lambda call: (call(), read())[1]


@pytest.fixture
def line(lines):
    """The last line that `call()` writes."""
    return lambda call: lines(call)[-1]
