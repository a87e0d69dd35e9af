"""What is true of an application as far as rules ask: its kinds, scopes, purposes, tenure, herbs and their regimes."""

from backend.certification.form import ApplicationForm
from backend.certification.policy import Policy
from backend.certification.policy_tables import Conditions


def circumstances(form: ApplicationForm, policy: Policy) -> frozenset[str]:
    """The codes that the conditions of the policy tables are matched with."""
    applicant, farm = form.applicant, form.farm
    codes = {form.request_type, applicant.type, farm.land.tenure}
    codes.update(form.certification_scopes, form.purposes, farm.area_types)
    codes.add("REPLACEMENT" if form.request_type == "REPLACEMENT" else "NOT_REPLACEMENT")
    if applicant.filed_by_attorney:
        codes.add("BY_ATTORNEY")
    for crop in form.crops:
        codes |= _of_herb(crop.herb_code, policy)
    return frozenset(code for code in codes if code)


def holds(conditions: Conditions, true: frozenset[str]) -> bool:
    """Whether every group of the conditions has a circumstance that is true."""
    return all(any(code in true for code in group) for group in conditions)


def _of_herb(code: str | None, policy: Policy) -> set[str | None]:
    herb = policy.herb(code)
    if herb is None:
        return set()
    special = {"SPECIAL_REGIME"} if herb.regime in policy.herbs.special_regimes else set()
    return {herb.code, herb.regime, *special}
