"""Rules whose findings are for the reviewer's eyes: adverse history and texts that address a machine."""

import re
import unicodedata
from collections.abc import Iterator

from backend.certification.formats import Fault
from backend.certification.paths import texts_of
from backend.certification.policy_tables import InjectionPattern
from backend.certification.quality.case import Case


def find(case: Case) -> Iterator[Fault]:
    """ADVERSE_HISTORY within 24 months, and PROMPT_INJECTION_SUSPECTED for each text that looks like an instruction."""
    if case.form.history.rejected_or_sanctioned_within_24_months:
        yield Fault("history", "ADVERSE_HISTORY")
    patterns = case.quality.injection_patterns
    for path, text in texts_of(case.form):
        if ".review." not in path and addresses_machine(text, patterns):  # what an officer wrote is no attack
            yield Fault(path, "PROMPT_INJECTION_SUSPECTED")


def addresses_machine(text: str, patterns: tuple[InjectionPattern, ...]) -> bool:
    """Whether a text matches one of the patterns, whatever its case, spacing and width of letters."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))
    dense = plain.replace(" ", "")
    return any(pattern.regex.search(dense if pattern.without_spaces else plain) for pattern in patterns)
