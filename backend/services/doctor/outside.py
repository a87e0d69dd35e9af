"""Checks of mail, calendar and AI: as far as can be told without a letter, an entry or a question."""

import json
from pathlib import Path

from backend.services.doctor.checks import Check, Verdict, failed, ok, warning
from backend.services.doctor.machine import writable
from backend.services.doctor.patient import Patient

SUBJECT = "outside"
KEY_FIELDS = {"type", "client_email", "private_key", "token_uri"}


def _mail(patient: Patient) -> Verdict:
    if not patient.settings.smtp_url.get_secret_value():
        return _folder(patient.settings.data_dir / "outbox", "letters are written to files", "*.eml")
    return ok(f"signed in to {patient.sign_in_to_mail()}; no letter was sent")


def _calendar(patient: Patient) -> Verdict:
    settings = patient.settings
    if not settings.google_calendar_id:
        return _folder(settings.data_dir / "calendar", "inspections are kept as a feed", "*.ics")
    path = Path(settings.google_application_credentials)
    try:
        key = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        return failed(f"GOOGLE_APPLICATION_CREDENTIALS cannot be read: {error}", "download the JSON key of the service account again")
    missing = KEY_FIELDS - key.keys() if isinstance(key, dict) else KEY_FIELDS
    if missing or key["type"] != "service_account":
        return failed("GOOGLE_APPLICATION_CREDENTIALS is not the key of a service account", "download the JSON key of the service account")
    return ok("Google Calendar, with the key of a service account; Google itself was not asked")


def _ai(patient: Patient) -> Verdict:
    settings = patient.settings
    key = settings.gemini_api_key.get_secret_value()
    if settings.ai_provider == "rules" or not key:
        return ok("the built-in rules review alone")
    if key != key.strip() or " " in key or len(key) < 20:
        return warning("GEMINI_API_KEY does not look like a key", "copy it again, without blanks")
    return ok(f"{settings.gemini_model} after the rules, within {settings.gemini_timeout_s:g} s; it was not asked a question")


def _folder(folder: Path, what: str, pattern: str) -> Verdict:
    if not folder.exists():
        return ok(f"{what} in {folder}, which is not there yet")
    if not writable(folder):
        return failed(f"{what}, and no file can be made in {folder}", f"chown the user of the processes {folder}")
    return ok(f"{what}: {sum(1 for _ in folder.glob(pattern))} in {folder}")


CHECKS = (
    Check("mail", SUBJECT, _mail),
    Check("calendar", SUBJECT, _calendar),
    Check("ai", SUBJECT, _ai),
)
