"""Whether an answer has every key of a seed's example, nested as there and with values of the same types."""

import json
from pathlib import Path

SEEDS = Path(__file__).parents[1] / "fixtures" / "seeds"


def seed(name):
    """The example as the seed shows it."""
    return json.loads((SEEDS / name).read_text("utf-8"))


def differences(expected, found, at="$"):
    """Each place where the answer lacks a key of the example, or has another type there; what it has beside is its own affair."""
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return [f"{at}: {found!r} is no object"]
        lacking = [f"{at}.{key} is not there" for key in expected if key not in found]
        return lacking + [line for key in expected if key in found for line in differences(expected[key], found[key], f"{at}.{key}")]
    if isinstance(expected, list):
        if not isinstance(found, list):
            return [f"{at}: {found!r} is no list"]
        return [line for number, item in enumerate(found if expected else ()) for line in differences(expected[0], item, f"{at}[{number}]")]
    return [] if _kind(expected) == _kind(found) else [f"{at}: {found!r} is not like {expected!r}"]


def _kind(value):
    if isinstance(value, bool):
        return "true or false"
    return "number" if isinstance(value, int | float) else type(value).__name__
