"""Checks of the settings: what is insecure in production, contradicts another, or is unusual. No secret is ever shown."""

from collections.abc import Callable

from backend.services.doctor.checks import Check, Status, Verdict, failed, ok, warning
from backend.services.doctor.patient import Patient
from backend.services.doctor.setting_rules import CONTRADICTIONS, IN_PRODUCTION, UNUSUAL, Rule

SUBJECT = "configuration"
WORST_FIRST: tuple[Status, ...] = ("failed", "warning")


def _settings(patient: Patient) -> Verdict:
    settings = patient.settings
    given = sorted(str(type(settings).model_fields[name].alias) for name in settings.model_fields_set)
    beside = "; a `gacp dev` runs on the same folder" if patient.dev_runs else ""
    return ok(f"{settings.environment}; {len(given)} set: {', '.join(given) or 'none'}{beside}")


def _names(patient: Patient) -> Verdict:
    strange = patient.strange_variables
    if not strange:
        return ok("no variable looks misspelt")
    told = "; ".join(f"{name}: {why}" for name, why in sorted(strange.items()))
    return warning(told, "correct the names and values; .env.example has all of them")


def _by(rules: tuple[Rule, ...], fine: str) -> Callable[[Patient], Verdict]:
    def look(patient: Patient) -> Verdict:
        found = [rule for status in WORST_FIRST for rule in rules if rule.status == status and rule.holds(patient.settings)]
        if not found:
            return ok(fine)
        make = failed if found[0].status == "failed" else warning
        return make("; ".join(rule.seen for rule in found), "; ".join(rule.cure for rule in found))

    return look


def _for_production(patient: Patient) -> Verdict:
    if not patient.settings.production:
        return ok(f"GACP_ENV is {patient.settings.environment}: what production needs is not asked for")
    return _by(IN_PRODUCTION, "fit for production")(patient)


CHECKS = (
    Check("settings", SUBJECT, _settings),
    Check("variables", SUBJECT, _names),
    Check("production", SUBJECT, _for_production),
    Check("contradictions", SUBJECT, _by(CONTRADICTIONS, "no setting contradicts another")),
    Check("unusual-values", SUBJECT, _by(UNUSUAL, "every value is within the usual")),
)
