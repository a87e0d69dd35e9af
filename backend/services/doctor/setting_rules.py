"""What of the settings should not be so: a table each of what production must not have, what contradicts, and what is unusual."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from backend.services.doctor.checks import Status
from backend.settings import Settings

LOOPBACK = {"localhost", "127.0.0.1", "::1", ""}
SHORT_SECRET = 16


@dataclass(frozen=True)
class Rule:
    """Something that should not be so: where `holds`, it is told, with the cure."""

    status: Status
    holds: Callable[[Settings], bool]
    seen: str
    cure: str


def _secret(value: SecretStr) -> str:
    return value.get_secret_value()


def _host(url: str) -> str:
    return "" if url.startswith("unix:") else urlsplit(url.replace("redis+sentinel", "redis").partition(",")[0]).hostname or ""


def _elsewhere(url: str) -> bool:
    return bool(url) and _host(url) not in LOOPBACK


def _has_password(url: str) -> bool:
    return "@" in url.partition("://")[2]


def _given(settings: Settings, *names: str) -> bool:
    return all(name in settings.model_fields_set for name in names)


def _too_open(path: str) -> bool:
    return bool(path) and Path(path).is_file() and bool(Path(path).stat().st_mode & 0o077)


IN_PRODUCTION = (
    Rule("failed", lambda s: s.demo_data, "DEMO_DATA is true: everybody knows the passwords of the demo accounts", "unset DEMO_DATA"),
    Rule(
        "failed",
        lambda s: len(set(_secret(s.secret_key))) < 10,
        "SECRET_KEY hardly varies: sessions can be forged",
        "SECRET_KEY=$(openssl rand -hex 32)",
    ),
    Rule(
        "failed",
        lambda s: bool(_secret(s.secret_key)) and _secret(s.secret_key) in (_secret(s.internal_secret), _secret(s.monitoring_token)),
        "SECRET_KEY is also used as INTERNAL_SECRET or MONITORING_TOKEN",
        "give each a value of its own: openssl rand -hex 32",
    ),
    Rule(
        "failed",
        lambda s: s.enable_queue and not s.effective_redis_url,
        "ENABLE_QUEUE is true and no Redis is set: jobs run in their callers, and no worker can start",
        "set REDIS_URL",
    ),
    Rule(
        "warning",
        lambda s: any(0 < len(_secret(value)) < SHORT_SECRET for value in (s.internal_secret, s.monitoring_token)),
        f"INTERNAL_SECRET or MONITORING_TOKEN has fewer than {SHORT_SECRET} characters",
        "openssl rand -hex 32",
    ),
    Rule(
        "warning",
        lambda s: 0 < len(_secret(s.admin_password)) < 12,
        "ADMIN_PASSWORD has fewer than 12 characters",
        "gacp user password EMAIL, and a longer ADMIN_PASSWORD",
    ),
    Rule("warning", lambda s: s.log_level == "DEBUG", "LOG_LEVEL is DEBUG: many lines, and slower", "LOG_LEVEL=INFO"),
    Rule("warning", lambda s: not s.public_url, "PUBLIC_URL is empty: links in letters lead to this machine", "PUBLIC_URL=https://…"),
    Rule("warning", lambda s: s.public_url.startswith("http://"), "PUBLIC_URL is not https", "PUBLIC_URL=https://…"),
    Rule(
        "warning",
        lambda s: s.public_url.startswith("https://") and not s.trusted_proxies,
        "PUBLIC_URL is https and TRUSTED_PROXIES is 0: the address of the proxy is taken for that of every visitor",
        "TRUSTED_PROXIES=1 behind one proxy",
    ),
    Rule("warning", lambda s: not _secret(s.smtp_url), "SMTP_URL is empty: letters are written to files and reach nobody", "set SMTP_URL"),
    Rule("warning", lambda s: "gacp.example" in s.mail_from and bool(_secret(s.smtp_url)), "MAIL_FROM is the example's", "set MAIL_FROM"),
    Rule("warning", lambda s: not s.officer_email, "OFFICER_EMAIL is empty: no office is told of new applications", "set OFFICER_EMAIL"),
    Rule(
        "warning",
        lambda s: not _given(s, "office_phone"),
        "OFFICE_PHONE is not set: letters show the example's number",
        "set OFFICE_PHONE",
    ),
    Rule(
        "warning",
        lambda s: not s.mongodb_uri,
        "MONGODB_URI is empty: the embedded store serves processes of this machine only",
        "set MONGODB_URI for more than one machine; else back up DATA_DIR",
    ),
    Rule(
        "warning",
        lambda s: _elsewhere(s.effective_redis_url) and not _has_password(s.effective_redis_url),
        "Redis is on another machine and is used without a password",
        "requirepass on the server, and redis://:PASSWORD@host:port in REDIS_URL",
    ),
    Rule(
        "warning",
        lambda s: _elsewhere(s.effective_redis_url) and s.effective_redis_url.startswith("redis://"),
        "Redis is on another machine and is used without TLS",
        "rediss://… in REDIS_URL, or a private network",
    ),
    Rule(
        "warning",
        lambda s: _elsewhere(s.mongodb_uri) and not _has_password(s.mongodb_uri),
        "MongoDB is on another machine and is used without a password",
        "mongodb://user:PASSWORD@host in MONGODB_URI",
    ),
    Rule(
        "warning",
        lambda s: not (s.alert_email_to or _secret(s.alert_webhook_url) or _secret(s.alert_slack_url)),
        "no channel of the alerts is set: they are told to the log and nobody else",
        "set ALERT_EMAIL_TO, ALERT_WEBHOOK_URL or ALERT_SLACK_URL, then: gacp alerts test",
    ),
    Rule("warning", lambda s: s.otel_traces_exporter == "console", "traces go to the console", "OTEL_TRACES_EXPORTER=otlp, or none"),
    Rule("warning", lambda s: s.session_hours > 168, "SESSION_HOURS is more than a week", "SESSION_HOURS=12"),
    Rule(
        "warning",
        lambda s: _too_open(s.google_application_credentials),
        "the file of GOOGLE_APPLICATION_CREDENTIALS can be read by other users of this machine",
        "chmod 600 it",
    ),
)
CONTRADICTIONS = (
    Rule(
        "warning",
        lambda s: bool(s.redis_url and s.redis_host),
        "REDIS_URL and REDIS_HOST are both set: REDIS_HOST, REDIS_PORT, REDIS_PASSWORD and REDIS_DB are not used",
        "unset one of them",
    ),
    Rule(
        "warning",
        lambda s: not s.redis_host and not s.redis_url and bool(s.model_fields_set & {"redis_port", "redis_password", "redis_db"}),
        "REDIS_PORT, REDIS_PASSWORD or REDIS_DB is set without REDIS_HOST and is not used",
        "set REDIS_HOST or REDIS_URL",
    ),
    Rule(
        "warning",
        lambda s: bool(s.effective_redis_url) and not s.enable_queue,
        "a Redis is set and ENABLE_QUEUE is not true: every job runs in its caller",
        "ENABLE_QUEUE=true",
    ),
    Rule(
        "warning",
        lambda s: s.enable_queue and not s.enable_scheduler,
        "ENABLE_QUEUE is true and ENABLE_SCHEDULER is not: recurring jobs do not come, and old jobs are never forgotten",
        "ENABLE_SCHEDULER=true for `gacp scheduler`",
    ),
    Rule(
        "warning",
        lambda s: s.ai_provider == "rules" and bool(_secret(s.gemini_api_key)),
        "GEMINI_API_KEY is set and AI_PROVIDER is rules: the key is not used",
        "AI_PROVIDER=auto, or unset the key",
    ),
    Rule(
        "warning",
        lambda s: bool(s.google_application_credentials) and not s.google_calendar_id,
        "GOOGLE_APPLICATION_CREDENTIALS is set without GOOGLE_CALENDAR_ID: inspections go into the feed",
        "set GOOGLE_CALENDAR_ID, or unset the other",
    ),
    Rule(
        "warning",
        lambda s: bool(s.admin_email) != bool(_secret(s.admin_password)),
        "only one of ADMIN_EMAIL and ADMIN_PASSWORD is set: no administrator is made",
        "set both, or: gacp user add EMAIL --role ADMIN",
    ),
    Rule(
        "warning",
        lambda s: s.production is False and s.demo_data and s.host not in LOOPBACK,
        "the demo accounts are there, and HOST lets other machines in",
        "HOST=127.0.0.1, or DEMO_DATA=false",
    ),
    Rule(
        "warning",
        lambda s: bool(s.alert_email_to) and not _secret(s.smtp_url),
        "ALERT_EMAIL_TO is set and SMTP_URL is not: letters about alerts are written to files",
        "set SMTP_URL",
    ),
)
UNUSUAL = (
    Rule("warning", lambda s: s.redis_deadline_ms > 1_000, "REDIS_DEADLINE_MS is above 1000: people wait so long", "REDIS_DEADLINE_MS=250"),
    Rule(
        "warning", lambda s: s.redis_deadline_ms < 50, "REDIS_DEADLINE_MS is below 50: a short pause of Redis counts as an outage", "=250"
    ),
    Rule("warning", lambda s: s.inline_jobs >= 16, "INLINE_JOBS is 16 or more: jobs may take every thread of the web", "INLINE_JOBS=8"),
    Rule("warning", lambda s: s.worker_concurrency > 200, "WORKER_CONCURRENCY is above 200 threads", "more WORKER_PROCESSES instead"),
    Rule(
        "warning",
        lambda s: 0 < s.worker_max_memory_mib < 100,
        "WORKER_MAX_MEMORY_MIB is below 100: an idle worker has 60, and is replaced all the time",
        "WORKER_MAX_MEMORY_MIB=400",
    ),
    Rule(
        "warning",
        lambda s: 0 < s.worker_max_jobs < 100,
        "WORKER_MAX_JOBS is below 100: workers are replaced all the time",
        "WORKER_MAX_JOBS=10000",
    ),
    Rule(
        "warning",
        lambda s: 1 in (s.ai_qc_retry_attempts, s.email_retry_attempts, s.calendar_retry_attempts, s.report_retry_attempts),
        "a queue has one attempt only: its jobs are never tried again",
        "at least 2 in AI_QC_, EMAIL_, CALENDAR_ and REPORT_RETRY_ATTEMPTS",
    ),
    Rule("warning", lambda s: s.ai_qc_auto_delay_ms > 600_000, "AI_QC_AUTO_DELAY_MS is above ten minutes", "AI_QC_AUTO_DELAY_MS=5000"),
    Rule(
        "warning",
        lambda s: s.production and bool(s.gemini_api_endpoint or s.google_calendar_api_endpoint),
        "GEMINI_API_ENDPOINT or GOOGLE_CALENDAR_API_ENDPOINT leads to another address than Google's",
        "unset it, unless it is a proxy of yours",
    ),
)
