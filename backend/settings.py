"""The one place that reads the environment: every variable, its default, its unit and its check."""

import os
import re
import secrets
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator

from backend.errors import Misconfigured

Sampler = Literal["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"]
Attempts = Annotated[int, Field(ge=1, le=50)]
_ALMOST_TRUE = ("1", "yes", "on", "y", "t", "enabled")
Percent = Annotated[float, Field(ge=0, le=100)]
SLO_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
"""Bounds of the buckets in which durations are counted."""
FASTEST_BURN = 14.4
"""Of the windows of the burn-rate alert: an objective under which so fast a burn cannot be would never raise it."""
_PASSWORD = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_WEB = ("https://", "http://")
_SCHEMES = {
    "public_url": _WEB,
    "gemini_api_endpoint": _WEB,
    "google_calendar_api_endpoint": _WEB,
    "otel_exporter_otlp_endpoint": _WEB,
    "otel_exporter_otlp_traces_endpoint": _WEB,
    "redis_url": ("redis://", "rediss://", "unix://", "redis+sentinel://"),
    "mongodb_uri": ("mongodb://", "mongodb+srv://"),
}
_RISING = (
    ("alert_depth", "alert_depth_critical"),
    ("alert_oldest_waiting_s", "alert_oldest_waiting_critical_s"),
    ("alert_error_rate_percent", "alert_error_rate_critical_percent"),
    ("alert_slow_s", "alert_slow_critical_s"),
    ("alert_stale_jobs", "alert_stale_jobs_critical"),
)


class Settings(BaseModel):
    """The configuration of one process; `.env.example` says what each variable means."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    environment: Literal["development", "production", "test"] = Field("development", alias="GACP_ENV")
    host: str = Field("127.0.0.1", alias="HOST")
    port: int = Field(8000, alias="PORT", ge=0, le=65535)
    public_url: str = Field("", alias="PUBLIC_URL")
    data_dir: Path = Field(Path("./var"), alias="DATA_DIR")
    secret_key: SecretStr = Field(SecretStr(""), alias="SECRET_KEY")
    internal_secret: SecretStr = Field(SecretStr(""), alias="INTERNAL_SECRET")
    monitoring_token: SecretStr = Field(SecretStr(""), alias="MONITORING_TOKEN")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="LOG_LEVEL")
    demo_data: bool = Field(default=False, alias="DEMO_DATA")

    otel_traces_exporter: Literal["none", "otlp", "console"] = Field("none", alias="OTEL_TRACES_EXPORTER")
    otel_exporter_otlp_endpoint: str = Field("http://localhost:4318", alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    otel_exporter_otlp_traces_endpoint: str = Field("", alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    otel_exporter_otlp_headers: SecretStr = Field(SecretStr(""), alias="OTEL_EXPORTER_OTLP_HEADERS")
    otel_service_name: str = Field("gacp", alias="OTEL_SERVICE_NAME")
    otel_traces_sampler: Sampler = Field("parentbased_always_on", alias="OTEL_TRACES_SAMPLER")
    otel_traces_sampler_arg: float = Field(1.0, alias="OTEL_TRACES_SAMPLER_ARG", ge=0, le=1)
    otel_sdk_disabled: bool = Field(default=False, alias="OTEL_SDK_DISABLED")

    enable_queue: bool = Field(default=False, alias="ENABLE_QUEUE")
    enable_scheduler: bool = Field(default=False, alias="ENABLE_SCHEDULER")
    redis_url: str = Field("", alias="REDIS_URL")
    redis_host: str = Field("", alias="REDIS_HOST")
    redis_port: int = Field(6379, alias="REDIS_PORT", ge=1, le=65535)
    redis_password: SecretStr = Field(SecretStr(""), alias="REDIS_PASSWORD")
    redis_db: int = Field(0, alias="REDIS_DB", ge=0)
    redis_deadline_ms: int = Field(250, alias="REDIS_DEADLINE_MS", ge=10, le=5000)
    inline_jobs: int = Field(8, alias="INLINE_JOBS", ge=1, le=1000)
    worker_concurrency: int = Field(10, alias="WORKER_CONCURRENCY", ge=1, le=1000)
    worker_processes: int = Field(1, alias="WORKER_PROCESSES", ge=1, le=64)
    worker_max_jobs: int = Field(0, alias="WORKER_MAX_JOBS", ge=0)
    worker_max_memory_mib: int = Field(0, alias="WORKER_MAX_MEMORY_MIB", ge=0)
    mongodb_uri: str = Field("", alias="MONGODB_URI")
    mongodb_database: str = Field("gacp", alias="MONGODB_DATABASE")

    ai_qc_retry_attempts: Attempts = Field(3, alias="AI_QC_RETRY_ATTEMPTS")
    email_retry_attempts: Attempts = Field(5, alias="EMAIL_RETRY_ATTEMPTS")
    calendar_retry_attempts: Attempts = Field(3, alias="CALENDAR_RETRY_ATTEMPTS")
    report_retry_attempts: Attempts = Field(2, alias="REPORT_RETRY_ATTEMPTS")
    ai_qc_auto_delay_ms: int = Field(5000, alias="AI_QC_AUTO_DELAY_MS", ge=0)

    ai_provider: Literal["auto", "rules", "gemini"] = Field("auto", alias="AI_PROVIDER")
    gemini_api_key: SecretStr = Field(SecretStr(""), alias="GEMINI_API_KEY")
    gemini_model: str = Field("gemini-2.0-flash", alias="GEMINI_MODEL")
    gemini_api_endpoint: str = Field("", alias="GEMINI_API_ENDPOINT")
    gemini_timeout_s: float = Field(60.0, alias="GEMINI_TIMEOUT_S", gt=0, le=110)

    smtp_url: SecretStr = Field(SecretStr(""), alias="SMTP_URL")
    mail_from: str = Field("GACP DTAM <no-reply@gacp.example>", alias="MAIL_FROM")
    office_phone: str = Field("0-2000-0000", alias="OFFICE_PHONE")
    officer_email: str = Field("", alias="OFFICER_EMAIL")

    google_calendar_id: str = Field("", alias="GOOGLE_CALENDAR_ID")
    google_application_credentials: str = Field("", alias="GOOGLE_APPLICATION_CREDENTIALS")
    google_calendar_api_endpoint: str = Field("", alias="GOOGLE_CALENDAR_API_ENDPOINT")

    admin_email: str = Field("", alias="ADMIN_EMAIL")
    admin_password: SecretStr = Field(SecretStr(""), alias="ADMIN_PASSWORD")
    trusted_proxies: int = Field(0, alias="TRUSTED_PROXIES", ge=0, le=5)
    session_hours: int = Field(12, alias="SESSION_HOURS", ge=1, le=720)

    alert_failed_jobs: int = Field(10, alias="ALERT_FAILED_JOBS", ge=0)
    alert_waiting_jobs: int = Field(50, alias="ALERT_WAITING_JOBS", ge=0)
    health_window_minutes: int = Field(60, alias="HEALTH_WINDOW_MINUTES", ge=1, le=1440)
    alert_depth: int = Field(100, alias="ALERT_DEPTH", ge=0)
    alert_depth_critical: int = Field(500, alias="ALERT_DEPTH_CRITICAL", ge=0)
    alert_oldest_waiting_s: float = Field(300, alias="ALERT_OLDEST_WAITING_S", gt=0)
    alert_oldest_waiting_critical_s: float = Field(1800, alias="ALERT_OLDEST_WAITING_CRITICAL_S", gt=0)
    alert_no_progress_minutes: float = Field(10, alias="ALERT_NO_PROGRESS_MINUTES", gt=0)
    alert_burst_failures: int = Field(10, alias="ALERT_BURST_FAILURES", ge=1)
    alert_burst_minutes: int = Field(5, alias="ALERT_BURST_MINUTES", ge=1, le=60)
    alert_error_rate_percent: Percent = Field(5, alias="ALERT_ERROR_RATE_PERCENT")
    alert_error_rate_critical_percent: Percent = Field(10, alias="ALERT_ERROR_RATE_CRITICAL_PERCENT")
    alert_dead_letters_per_hour: int = Field(20, alias="ALERT_DEAD_LETTERS_PER_HOUR", ge=0)
    alert_min_events: int = Field(20, alias="ALERT_MIN_EVENTS", ge=1)
    alert_slow_s: float = Field(30, alias="ALERT_SLOW_S", gt=0)
    alert_slow_critical_s: float = Field(60, alias="ALERT_SLOW_CRITICAL_S", gt=0)
    alert_stale_jobs: int = Field(0, alias="ALERT_STALE_JOBS", ge=0)
    alert_stale_jobs_critical: int = Field(5, alias="ALERT_STALE_JOBS_CRITICAL", ge=0)
    alert_worker_silent_s: int = Field(60, alias="ALERT_WORKER_SILENT_S", ge=30)
    alert_schedule_late_s: float = Field(300, alias="ALERT_SCHEDULE_LATE_S", gt=0)
    alert_outbox_age_s: float = Field(300, alias="ALERT_OUTBOX_AGE_S", gt=0)
    alert_circuit_open_s: float = Field(30, alias="ALERT_CIRCUIT_OPEN_S", ge=0)
    alert_redis_memory_percent: Percent = Field(80, alias="ALERT_REDIS_MEMORY_PERCENT")
    alert_fallback_percent: Percent = Field(1, alias="ALERT_FALLBACK_PERCENT")
    alert_refund_credits: int = Field(1000, alias="ALERT_REFUND_CREDITS", ge=0)
    alert_refund_percent: Percent = Field(10, alias="ALERT_REFUND_PERCENT")
    slo_percent: float = Field(99, alias="SLO_PERCENT", gt=0, lt=100)
    slo_seconds: int = Field(60, alias="SLO_SECONDS")
    slo_queues: str = Field("", alias="SLO_QUEUES")

    alert_every_s: int = Field(15, alias="ALERT_EVERY_S", ge=1, le=300)
    alert_hold_s: int = Field(60, alias="ALERT_HOLD_S", ge=0, le=3600)
    alert_keep_firing_s: int = Field(900, alias="ALERT_KEEP_FIRING_S", ge=0, le=86_400)
    alert_group_wait_s: int = Field(30, alias="ALERT_GROUP_WAIT_S", ge=0, le=3600)
    alert_group_interval_s: int = Field(300, alias="ALERT_GROUP_INTERVAL_S", ge=0, le=86_400)
    alert_repeat_s: int = Field(14_400, alias="ALERT_REPEAT_S", ge=60, le=604_800)
    alert_flapping_after: int = Field(2, alias="ALERT_FLAPPING_AFTER", ge=1)
    alert_flapping_repeat_s: int = Field(86_400, alias="ALERT_FLAPPING_REPEAT_S", ge=60, le=604_800)
    alert_escalate_s: int = Field(900, alias="ALERT_ESCALATE_S", ge=0, le=86_400)
    alert_history_days: int = Field(90, alias="ALERT_HISTORY_DAYS", ge=1, le=3660)
    alert_readings_days: int = Field(8, alias="ALERT_READINGS_DAYS", ge=1, le=92)

    alert_email_to: str = Field("", alias="ALERT_EMAIL_TO")
    alert_escalation_email_to: str = Field("", alias="ALERT_ESCALATION_EMAIL_TO")
    alert_webhook_url: SecretStr = Field(SecretStr(""), alias="ALERT_WEBHOOK_URL")
    alert_webhook_secret: SecretStr = Field(SecretStr(""), alias="ALERT_WEBHOOK_SECRET")
    alert_slack_url: SecretStr = Field(SecretStr(""), alias="ALERT_SLACK_URL")
    alert_heartbeat_url: SecretStr = Field(SecretStr(""), alias="ALERT_HEARTBEAT_URL")
    alert_channel_timeout_s: float = Field(10, alias="ALERT_CHANNEL_TIMEOUT_S", gt=0, le=60)

    @field_validator("enable_queue", mode="before")
    @classmethod
    def _only_true_is_true(cls, value: Any) -> bool:
        """The contract: `true` queues, anything else runs in the caller."""
        return str(value).strip().lower() == "true"

    @field_validator(*_SCHEMES, mode="after")
    @classmethod
    def _begins_as_an_address(cls, value: str, info: ValidationInfo) -> str:
        schemes = _SCHEMES[str(info.field_name)]
        if value and not value.startswith(schemes):
            msg = f"write it with {' or '.join(schemes)} in front"
            raise ValueError(msg)
        if not value.startswith(("mongodb", "redis+sentinel")):  # those may name several hosts: their drivers read them
            _ = urlsplit(value).port  # a ValueError where it is out of range or no number
        return value

    @field_validator("otel_exporter_otlp_headers", mode="after")
    @classmethod
    def _pairs_of_headers(cls, value: SecretStr) -> SecretStr:
        _pairs(value.get_secret_value())
        return value

    @field_validator("officer_email", mode="after")
    @classmethod
    def _one_mailbox(cls, value: str) -> str:
        mailbox, _, domain = value.partition("@")
        if (value and not (mailbox and domain)) or " " in value:
            msg = "write it as desk@office.example"
            raise ValueError(msg)
        return value

    @field_validator("smtp_url", mode="after")
    @classmethod
    def _smtp_scheme(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("smtp://", "smtps://")):
            msg = "write it as smtp://user:pass@host:port?tls=starttls"
            raise ValueError(msg)
        return value

    @field_validator("alert_email_to", "alert_escalation_email_to", mode="after")
    @classmethod
    def _mailboxes(cls, value: str) -> str:
        for mailbox in filter(None, map(str.strip, value.split(","))):
            cls._one_mailbox(mailbox)
        return value

    @field_validator("alert_webhook_url", "alert_slack_url", "alert_heartbeat_url", mode="after")
    @classmethod
    def _secret_address(cls, value: SecretStr) -> SecretStr:
        address = value.get_secret_value()
        if address and not (address.startswith(_WEB) and urlsplit(address).hostname):
            msg = f"write it with {' or '.join(_WEB)} in front"
            raise ValueError(msg)
        _ = urlsplit(address).port  # a ValueError where it is out of range or no number
        return value

    @model_validator(mode="after")
    def _alerts_can_be_raised(self) -> Self:
        for queue, (percent, seconds) in {"": (self.slo_percent, self.slo_seconds), **self.slo_by_queue}.items():
            if seconds not in SLO_SECONDS:
                name = "SLO_QUEUES" if queue else "SLO_SECONDS"
                msg = f"{name}: durations are counted up to {', '.join(map(str, SLO_SECONDS))} s: take one of these"
                raise ValueError(msg)
            if FASTEST_BURN * (1 - percent / 100) >= 1:
                least = 100 * (1 - 1 / FASTEST_BURN)
                name = "SLO_QUEUES" if queue else "SLO_PERCENT"
                msg = f"{name}: more than {least:.2f}; at {percent:g} not even nothing but bad jobs would raise an alert"
                raise ValueError(msg)
        if self.alert_webhook_url.get_secret_value() and len(self.alert_webhook_secret.get_secret_value()) < 16:
            msg = "ALERT_WEBHOOK_SECRET: ALERT_WEBHOOK_URL needs one of at least 16 characters, with which its messages are signed"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _critical_is_worse_than_a_warning(self) -> Self:
        for warning, critical in _RISING:
            if getattr(self, critical) < getattr(self, warning):
                msg = f"{critical.upper()}: it has to be {warning.upper()} or more"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _production_needs_secrets(self) -> Self:
        if self.environment == "production" and len(self.secret_key.get_secret_value()) < 32:
            msg = "SECRET_KEY: production needs one of at least 32 characters; make it with: openssl rand -hex 32"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _what_was_asked_for_is_complete(self) -> Self:
        if self.ai_provider == "gemini" and not self.gemini_api_key.get_secret_value():
            msg = "GEMINI_API_KEY: AI_PROVIDER=gemini needs one; with AI_PROVIDER=auto the rules review alone"
            raise ValueError(msg)
        if self.google_calendar_id and not Path(self.google_application_credentials or "/").is_file():
            msg = "GOOGLE_APPLICATION_CREDENTIALS: GOOGLE_CALENDAR_ID needs the path of a service account's JSON key here"
            raise ValueError(msg)
        return self

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be in a log: passwords, keys and tokens, also those inside of addresses."""
        values = [getattr(self, name) for name in type(self).model_fields]
        given = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
        addresses = [self.redis_url, self.mongodb_uri, *given]
        inside = _PASSWORD.findall("\n".join(addresses))
        return tuple({secret for secret in (*given, *inside, *map(unquote, inside)) if secret})

    @property
    def otel_traces_url(self) -> str:
        """Where spans are sent to: as the standard has it, the general address is one to which the path is added."""
        return self.otel_exporter_otlp_traces_endpoint or f"{self.otel_exporter_otlp_endpoint.rstrip('/')}/v1/traces"

    @property
    def otel_headers(self) -> Mapping[str, str]:
        """The pairs of `OTEL_EXPORTER_OTLP_HEADERS`."""
        return _pairs(self.otel_exporter_otlp_headers.get_secret_value())

    @property
    def effective_redis_url(self) -> str:
        """`REDIS_URL`, or the address built of `REDIS_HOST` and its companions, or empty for the embedded server."""
        if self.redis_url or not self.redis_host:
            return self.redis_url
        password = self.redis_password.get_secret_value()
        auth = f":{quote(password, safe='')}@" if password else ""
        return f"redis://{auth}{self.redis_host}:{self.redis_port}/{self.redis_db}"

    @property
    def base_url(self) -> str:
        """The address that people reach the pages at, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def slo_by_queue(self) -> dict[str, tuple[float, int]]:
        """Percent and seconds of the queues that `SLO_QUEUES` names. Raises ValueError where it cannot be read."""
        return dict(_read_objective(part) for part in filter(None, map(str.strip, self.slo_queues.split(","))))

    @cached_property
    def signing_key(self) -> str:
        """`SECRET_KEY`, or one kept under `DATA_DIR` so that sessions outlive a restart on a laptop."""
        return self.secret_key.get_secret_value() or _kept_key(self.data_dir / "secret-key")


def _read_objective(text: str) -> tuple[str, tuple[float, int]]:
    queue, _, objective = text.partition("=")
    percent, _, seconds = objective.partition("/")
    try:
        found = float(percent), int(seconds)
    except ValueError:
        found = (0.0, 0)
    if queue not in ("aiQc", "email", "calendar", "report") or not 0 < found[0] < 100 or not found[1] > 0:
        msg = f"SLO_QUEUES: write {text!r} as queue=percent/seconds, such as report=97/300"
        raise ValueError(msg)
    return queue, found


def _pairs(text: str) -> dict[str, str]:
    pairs = [part.strip().partition("=") for part in text.split(",") if part.strip()]
    if not all(name.strip() and between for name, between, _ in pairs):
        msg = "write it as name=value,name=value"
        raise ValueError(msg)
    return {name.strip(): unquote(value.strip()) for name, _, value in pairs}


def _kept_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip() or _kept_key(path)


def strange_variables() -> dict[str, str]:
    """What of the environment looks as if something else was meant: `{name: what is strange}`."""
    known = [str(field.alias) for field in Settings.model_fields.values()]
    strange = {}
    for name, value in os.environ.items():
        near = get_close_matches(name, known, n=1, cutoff=0.88) if name.isupper() and name not in known else []
        if near:
            strange[name] = f"is no variable of this program: did you mean {near[0]}?"
        elif name == "ENABLE_QUEUE" and value.strip().lower() in _ALMOST_TRUE:
            strange[name] = f"{value!r} counts as false: only `true` is true"
    return strange


def run_folder(settings: Settings) -> Path:
    """Where processes of this machine say that they live."""
    return settings.data_dir / "run"


def load(**overrides: Any) -> Settings:
    """Read the environment; `overrides` are by variable name. Raises Misconfigured with one line that names the variable."""
    try:
        return Settings(**_given() | overrides)
    except ValidationError as error:
        raise Misconfigured(_one_line(error)) from None


def _given() -> dict[str, str]:
    """What the environment says, however it writes the names; a variable that is set to nothing is not set."""
    variables = {name.upper(): value for name, value in os.environ.items()} | os.environ
    return {name: value for name, value in variables.items() if value}


def _one_line(error: ValidationError) -> str:
    problems = []
    for item in error.errors(include_url=False, include_input=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        text = item["msg"].removeprefix("Value error, ")
        problems.append(f"{name}: {text}" if name else text)
    return "; ".join(problems)
