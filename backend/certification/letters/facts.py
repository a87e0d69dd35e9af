"""What every letter may draw on: the application, the office, and the words for both."""

from dataclasses import dataclass

from backend.certification.application import Application
from backend.certification.labels import Label
from backend.certification.policy import Policy


@dataclass(frozen=True)
class Office:
    """Who writes: where the pages are, the number to call, and the box for new work (may be empty)."""

    base_url: str
    phone: str
    new_work: str = ""


@dataclass(frozen=True)
class LetterFacts:
    """One application as its letters see it."""

    application: Application
    office: Office
    policy: Policy

    @property
    def number(self) -> str:
        """The number for phone calls; a draft has none, and there are no letters about drafts."""
        return self.application.number or self.application.id

    @property
    def link(self) -> str:
        return f"{self.office.base_url}/applications/{self.application.id}"

    @property
    def herbs(self) -> Label:
        """The herbs of the application in one line."""
        codes = [crop.herb_code for crop in self.application.form.crops if crop.herb_code]
        found = [(code, self.policy.herb(code)) for code in codes]
        return Label(
            ", ".join(herb.name_th if herb else code for code, herb in found),
            ", ".join(herb.name_en if herb else code for code, herb in found),
        )

    @property
    def province(self) -> str:
        form = self.application.form
        return form.farm.address.province or form.applicant.address.province or "–"
