"""What a rule looks at: one form on one day under one policy, and what every rule would otherwise work out again."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from backend.certification.circumstances import circumstances
from backend.certification.form import ApplicationForm, DocumentFacts
from backend.certification.policy import Policy
from backend.certification.policy_tables import Quality


@dataclass(frozen=True)
class Case:
    """The input of every rule; `as_of` makes results reproducible."""

    form: ApplicationForm
    as_of: date
    policy: Policy

    @property
    def quality(self) -> Quality:
        return self.policy.quality

    @cached_property
    def documents(self) -> dict[str, DocumentFacts]:
        """The document in force of each slot."""
        return self.form.current_documents()

    @cached_property
    def circumstances(self) -> frozenset[str]:
        return circumstances(self.form, self.policy)

    def older_than(self, day: date, days: int) -> bool:
        """Whether that day is more than so many days ago."""
        return (self.as_of - day).days > days
