"""The doctor on settings: what is insecure, contradictory or unusual is said with its cure, and no secret is shown."""

import json

import pytest

from backend.services.doctor.configuration import CHECKS
from backend.settings import strange_variables
from tests.support.doctor import Deployment, look

GOOD_KEY = "3f9c2b7a81d4e6f05a9c8b7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f"
PRODUCTION = {
    "GACP_ENV": "production",
    "SECRET_KEY": GOOD_KEY,
    "PUBLIC_URL": "https://gacp.example",
    "TRUSTED_PROXIES": "1",
    "REDIS_URL": "rediss://:pw@redis.internal:6379/0",
    "MONGODB_URI": "mongodb://user:pw@mongo.internal/gacp",
    "SMTP_URL": "smtp://user:pw@mail.internal:587",
    "MAIL_FROM": "GACP <no-reply@dtam.example>",
    "OFFICER_EMAIL": "desk@dtam.example",
    "OFFICE_PHONE": "0-2591-7007",
    "ENABLE_SCHEDULER": "true",
    "ALERT_EMAIL_TO": "oncall@dtam.example",
}


def see(name, **variables):
    return look(CHECKS, name, Deployment(**variables).patient())


def test_a_sound_production_passes_every_check():
    patient = Deployment(**PRODUCTION).patient()

    assert [(check.name, check.look(patient).status) for check in CHECKS] == [(check.name, "ok") for check in CHECKS]


@pytest.mark.parametrize(
    ("variables", "status", "told"),
    [
        ({"DEMO_DATA": "true"}, "failed", "DEMO_DATA"),
        ({"SECRET_KEY": "0" * 64}, "failed", "SECRET_KEY"),
        ({"INTERNAL_SECRET": GOOD_KEY}, "failed", "SECRET_KEY is also used"),
        ({"REDIS_URL": ""}, "failed", "no Redis is set"),
        ({"MONITORING_TOKEN": "short"}, "warning", "MONITORING_TOKEN"),
        ({"ADMIN_EMAIL": "a@b.example", "ADMIN_PASSWORD": "hunter2"}, "warning", "ADMIN_PASSWORD"),
        ({"LOG_LEVEL": "DEBUG"}, "warning", "LOG_LEVEL"),
        ({"PUBLIC_URL": ""}, "warning", "PUBLIC_URL is empty"),
        ({"PUBLIC_URL": "http://gacp.example"}, "warning", "not https"),
        ({"TRUSTED_PROXIES": "0"}, "warning", "TRUSTED_PROXIES"),
        ({"SMTP_URL": ""}, "warning", "reach nobody"),
        ({"MAIL_FROM": "GACP <no-reply@gacp.example>"}, "warning", "MAIL_FROM"),
        ({"OFFICER_EMAIL": ""}, "warning", "OFFICER_EMAIL"),
        ({"MONGODB_URI": ""}, "warning", "this machine only"),
        ({"REDIS_URL": "rediss://redis.internal:6379"}, "warning", "without a password"),
        ({"REDIS_URL": "redis://:pw@redis.internal:6379"}, "warning", "without TLS"),
        ({"REDIS_URL": "redis+sentinel://:pw@a.internal:1,b.internal:2/main/0"}, "ok", "fit for production"),
        ({"REDIS_URL": "redis://127.0.0.1:6379"}, "ok", "fit for production"),
        ({"MONGODB_URI": "mongodb://mongo.internal/gacp"}, "warning", "MongoDB is on another machine"),
        ({"SESSION_HOURS": "700"}, "warning", "SESSION_HOURS"),
        ({"ALERT_EMAIL_TO": ""}, "warning", "no channel of the alerts"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "warning", "traces go to the console"),
    ],
)
def test_what_production_must_not_have_is_told(variables, status, told):
    verdict = see("production", **(PRODUCTION | variables))

    assert verdict.status == status
    assert told in verdict.seen
    assert verdict.cure or status == "ok"


def test_a_key_file_that_others_can_read_is_told(tmp_path):
    key = tmp_path / "key.json"
    key.write_text("{}")
    key.chmod(0o644)
    given = {"GOOGLE_CALENDAR_ID": "c", "GOOGLE_APPLICATION_CREDENTIALS": str(key)}

    assert "can be read by other users" in see("production", **(PRODUCTION | given)).seen


@pytest.mark.parametrize(
    ("check", "variables", "told"),
    [
        ("contradictions", {"REDIS_HOST": "other"}, "REDIS_URL and REDIS_HOST"),
        ("contradictions", {"REDIS_URL": "", "REDIS_PASSWORD": "pw"}, "without REDIS_HOST"),
        ("contradictions", {"ENABLE_QUEUE": "false"}, "ENABLE_QUEUE is not true"),
        ("contradictions", {"ENABLE_SCHEDULER": "false"}, "recurring jobs do not come"),
        ("contradictions", {"AI_PROVIDER": "rules", "GEMINI_API_KEY": "k"}, "the key is not used"),
        ("contradictions", {"GOOGLE_APPLICATION_CREDENTIALS": "key.json"}, "without GOOGLE_CALENDAR_ID"),
        ("contradictions", {"ADMIN_EMAIL": "a@b.example"}, "no administrator is made"),
        ("contradictions", {"DEMO_DATA": "true", "HOST": "0.0.0.0"}, "lets other machines in"),
        ("contradictions", {"ALERT_EMAIL_TO": "oncall@dtam.example"}, "written to files"),
        ("unusual-values", {"REDIS_DEADLINE_MS": "2000"}, "above 1000"),
        ("unusual-values", {"REDIS_DEADLINE_MS": "20"}, "below 50"),
        ("unusual-values", {"INLINE_JOBS": "16"}, "INLINE_JOBS"),
        ("unusual-values", {"WORKER_CONCURRENCY": "500"}, "WORKER_CONCURRENCY"),
        ("unusual-values", {"WORKER_MAX_MEMORY_MIB": "50"}, "WORKER_MAX_MEMORY_MIB"),
        ("unusual-values", {"WORKER_MAX_JOBS": "5"}, "WORKER_MAX_JOBS"),
        ("unusual-values", {"EMAIL_RETRY_ATTEMPTS": "1"}, "one attempt only"),
        ("unusual-values", {"AI_QC_AUTO_DELAY_MS": "3600000"}, "AI_QC_AUTO_DELAY_MS"),
        ("unusual-values", {"GACP_ENV": "production", "SECRET_KEY": GOOD_KEY, "GEMINI_API_ENDPOINT": "http://x"}, "another address"),
    ],
)
def test_what_contradicts_or_is_unusual_is_told_with_its_cure(check, variables, told):
    verdict = see(check, **({"ENABLE_SCHEDULER": "true"} | variables))

    assert (verdict.status, bool(verdict.cure)) == ("warning", True)
    assert told in verdict.seen


def test_the_worst_comes_first_and_each_is_told():
    verdict = see("production", **(PRODUCTION | {"LOG_LEVEL": "DEBUG", "DEMO_DATA": "true"}))

    assert verdict.status == "failed"
    assert verdict.seen.index("DEMO_DATA") < verdict.seen.index("LOG_LEVEL")


def test_no_secret_is_shown():
    secrets = {"GEMINI_API_KEY": "gem-1234567890", "ADMIN_PASSWORD": "hunter2", "MONITORING_TOKEN": "tok-77", "INTERNAL_SECRET": "int-88"}
    patient = Deployment(**(PRODUCTION | secrets | {"ADMIN_EMAIL": "a@b.example"})).patient()

    shown = json.dumps([[verdict.seen, verdict.cure] for verdict in (check.look(patient) for check in CHECKS)])

    assert "SECRET_KEY" in shown
    assert [value for value in (*secrets.values(), GOOD_KEY, ":pw@") if value in shown] == []


def test_a_variable_that_looks_misspelt_is_told(monkeypatch):
    monkeypatch.setenv("REDIS_ULR", "redis://x")
    monkeypatch.setenv("ENABLE_QUEUE", "yes")
    monkeypatch.setenv("HOME_OF_NOBODY", "1")

    strange = strange_variables()
    verdict = look(CHECKS, "variables", Deployment().patient(strange_variables=strange))

    assert set(strange) == {"REDIS_ULR", "ENABLE_QUEUE"}
    assert verdict.status == "warning"
    assert "did you mean REDIS_URL?" in verdict.seen
    assert "only `true` is true" in verdict.seen
