"""The one place that reads the environment: every variable, its default, its unit and its check."""

import os
import secrets
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.errors import Misconfigured

Attempts = Annotated[int, Field(ge=1, le=50)]
_ALMOST_TRUE = ("1", "yes", "on", "y", "t", "enabled")
_WEB = ("https://", "http://")
_SCHEMES = {
    "public_url": _WEB,
    "gemini_api_endpoint": _WEB,
    "google_calendar_api_endpoint": _WEB,
    "redis_url": ("redis://", "rediss://", "unix://", "redis+sentinel://"),
    "mongodb_uri": ("mongodb://", "mongodb+srv://"),
}


class Settings(BaseSettings):
    """The configuration of one process; `.env.example` says what each variable means."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True, env_ignore_empty=True)

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

    @cached_property
    def signing_key(self) -> str:
        """`SECRET_KEY`, or one kept under `DATA_DIR` so that sessions outlive a restart on a laptop."""
        return self.secret_key.get_secret_value() or _kept_key(self.data_dir / "secret-key")


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
        return Settings(**overrides)
    except ValidationError as error:
        raise Misconfigured(_one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    problems = []
    for item in error.errors(include_url=False, include_input=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        text = item["msg"].removeprefix("Value error, ")
        problems.append(f"{name}: {text}" if name else text)
    return "; ".join(problems)
