"""How alike two names are, apart from titles, legal forms, spaces and dots."""

import re
from difflib import SequenceMatcher

from backend.certification.policy_tables import NameSimilarity

_LONGEST = 200  # no name may be longer, and the time to compare grows with the square


def similarity(one: str, other: str, limits: NameSimilarity) -> float:
    """2*M/T: twice the matching characters by all characters of both names, 0 to 1."""
    one, other = (bare_name(name, limits)[:_LONGEST] for name in (one, other))
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def bare_name(name: str, limits: NameSimilarity) -> str:
    """The name without its title or legal form, spaces and dots."""
    name = name.strip()
    title = next((title for title in limits.titles_dropped if name.startswith(title)), "")
    suffix = next((suffix for suffix in limits.suffixes_dropped if name.endswith(suffix)), "")
    return re.sub(r"[\s.]", "", name.removeprefix(title).removesuffix(suffix)).casefold()
