"""A bad variable stops the start with one line that names it."""

import stat

import pytest

from backend import settings
from backend.errors import Misconfigured


def load(**variables):
    return settings.load(**variables)


@pytest.mark.parametrize("value", ["true", "TRUE", " true ", True])
def test_only_true_turns_the_queue_on(value):
    assert load(ENABLE_QUEUE=value).enable_queue is True


@pytest.mark.parametrize("value", ["false", "1", "yes", "on", "", "maybe", False])
def test_anything_else_runs_jobs_in_the_caller(value):
    assert load(ENABLE_QUEUE=value).enable_queue is False


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("AI_QC_RETRY_ATTEMPTS", "0"),
        ("EMAIL_RETRY_ATTEMPTS", "many"),
        ("GACP_ENV", "staging"),
        ("SMTP_URL", "http://mail"),
        ("REDIS_DEADLINE_MS", "5"),
        ("LOG_LEVEL", "LOUD"),
        ("PUBLIC_URL", "gacp.example"),
        ("GEMINI_API_ENDPOINT", "127.0.0.1:9"),
        ("GOOGLE_CALENDAR_API_ENDPOINT", "ftp://host"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://localhost:99999"),
        ("PUBLIC_URL", "http://localhost:eighty"),
        ("MONGODB_URI", "http://localhost"),
        ("OFFICER_EMAIL", "the desk"),
        ("OFFICER_EMAIL", "the desk@office.example"),
    ],
)
def test_a_bad_value_is_named_in_one_line(variable, value):
    with pytest.raises(Misconfigured) as caught:
        load(**{variable: value})
    assert variable in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "short"])
def test_production_refuses_to_start_without_a_long_secret_and_says_how_to_make_one(secret):
    with pytest.raises(Misconfigured, match=r"SECRET_KEY.*openssl rand"):
        load(GACP_ENV="production", SECRET_KEY=secret)


def test_a_model_that_was_asked_for_needs_its_key():
    with pytest.raises(Misconfigured, match="GEMINI_API_KEY"):
        load(AI_PROVIDER="gemini")
    assert load(AI_PROVIDER="gemini", GEMINI_API_KEY="key").ai_provider == "gemini"


@pytest.mark.parametrize("key_file", ["", "missing.json", "."])
def test_a_google_calendar_needs_a_key_file_that_is_there(tmp_path, key_file):
    with pytest.raises(Misconfigured, match="GOOGLE_APPLICATION_CREDENTIALS"):
        load(GOOGLE_CALENDAR_ID="office", GOOGLE_APPLICATION_CREDENTIALS=key_file and str(tmp_path / key_file))


def test_a_google_calendar_starts_with_one(tmp_path):
    (tmp_path / "key.json").write_text("{}")
    assert load(GOOGLE_CALENDAR_ID="office", GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "key.json")).google_calendar_id == "office"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("REDIS_URL", "rediss://a:1"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("MONGODB_URI", "mongodb+srv://a"),
        ("OFFICER_EMAIL", "a@b.example"),
    ],
)
def test_an_address_may_be_written_in_every_way_that_its_server_knows(variable, value):
    assert getattr(load(**{variable: value}), variable.lower()) == value


def test_production_starts_with_one():
    assert load(GACP_ENV="production", SECRET_KEY="k" * 32).production


def test_a_bad_secret_is_not_repeated_in_the_message():
    with pytest.raises(Misconfigured) as caught:
        load(SMTP_URL="ftp://user:hunter2@mail")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, ""),
        ({"REDIS_URL": "redis://a:1/2", "REDIS_HOST": "b"}, "redis://a:1/2"),
        ({"REDIS_HOST": "b"}, "redis://b:6379/0"),
        ({"REDIS_HOST": "b", "REDIS_PORT": 7, "REDIS_PASSWORD": "p@ss/w", "REDIS_DB": 3}, "redis://:p%40ss%2Fw@b:7/3"),
    ],
)
def test_redis_is_found_by_url_or_by_its_parts(variables, url):
    assert load(**variables).effective_redis_url == url


def test_attempts_per_queue_have_the_defaults_of_the_contract():
    given = load()
    attempts = (given.ai_qc_retry_attempts, given.email_retry_attempts, given.calendar_retry_attempts, given.report_retry_attempts)
    assert attempts == (3, 5, 3, 2)


def test_without_a_secret_one_is_made_kept_and_private(tmp_path):
    first = load(DATA_DIR=tmp_path).signing_key
    assert len(first) == 64
    assert load(DATA_DIR=tmp_path).signing_key == first
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_the_given_secret_wins(tmp_path):
    assert load(DATA_DIR=tmp_path, SECRET_KEY="s" * 40).signing_key == "s" * 40


def test_the_base_url_is_the_public_one_without_its_slash_or_the_local_one():
    assert load(PUBLIC_URL="https://gacp.example/").base_url == "https://gacp.example"
    assert load(HOST="0.0.0.0", PORT=9000).base_url == "http://0.0.0.0:9000"
