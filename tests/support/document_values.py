"""Hypothesis strategies for what a document may hold."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from backend.adapters.documents.tagging import TAG
from backend.adapters.documents.values import checked

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8) | st.sampled_from(
    [TAG, f"{TAG}b1", f"{TAG}d2026-11-02T05:00:00.000Z", f"{TAG}{TAG}", f"{TAG}z"]
)
times = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)).map(checked)
# Eighths, for SQLite reads the last bit of a long decimal fraction in its own way.
numbers = st.integers(-(2**52), 2**52) | st.integers(-(2**40), 2**40).map(lambda n: n / 8)
scalars = st.none() | st.booleans() | numbers | texts | times
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8)
