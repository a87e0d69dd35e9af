"""Nothing personal and no secret leaves through a log line, whatever field it stands in."""

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from backend import context
from backend.telemetry import logs


@pytest.fixture
def line(capsys):
    """Write one line as production does and give it back parsed."""
    logs.configure(json=True)

    def write(call):
        call()
        return json.loads(capsys.readouterr().err.strip().splitlines()[-1])

    yield write
    logs.configure(json=True, level="DEBUG")
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


def test_a_line_is_json_with_time_level_component_and_the_bound_context(line):
    with context.bind(requestId="req_1", jobId="job_1"):
        written = line(lambda: logs.logger("worker").info("Job started", queue="aiQc"))
    assert written["event"] == "Job started"
    assert (written["level"], written["component"], written["queue"]) == ("info", "worker", "aiQc")
    assert (written["requestId"], written["jobId"]) == ("req_1", "job_1")
    assert written["time"].endswith("Z")


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_only_lines_of_the_level_and_above_are_written(line, level, capsys):
    logs.configure(json=True, level=level)
    log = logs.logger("worker")
    for write in (log.debug, log.info, log.warning, log.error):
        write("Said")

    written = [json.loads(text)["level"].upper() for text in capsys.readouterr().err.splitlines()]

    assert written == ["DEBUG", "INFO", "WARNING", "ERROR"][-len(written) :]
    assert written[0] == level


@pytest.mark.parametrize(
    "leak",
    [
        "1000100001015",
        "1-0001-00001-01-5",
        "1 0001 00001 01 5",
        "id 1000100001015 refused",
    ],
)
def test_a_national_id_is_masked_in_any_spelling(line, leak):
    written = json.dumps(line(lambda: logs.logger("x").info("Refused", detail=leak)))
    assert "00001" not in written
    assert "[national-id]" in written


@pytest.mark.parametrize("harmless", ["1793620800123456", "sha256 6e41222cd44d9608c5ac9d04d8e27e28", "2026-11-02T03:04:05.678Z"])
def test_other_numbers_stay(line, harmless):
    assert line(lambda: logs.logger("x").info("Seen", detail=harmless))["detail"] == harmless


def test_addresses_credentials_and_tokens_are_masked(line):
    written = line(
        lambda: logs.logger("x").info(
            "Tried", a="to saijai@example.com", b="redis://:hunter2@host:1", c="Authorization: Bearer abc.def", nested={"list": ["a@b.co"]}
        )
    )
    text = json.dumps(written)
    assert not any(secret in text for secret in ("saijai", "hunter2", "abc.def", "a@b.co"))


@given(st.text(alphabet="1234 -@:/bBeEaArRer.x", max_size=60))
def test_a_text_that_is_spared_the_look_for_each_secret_has_none(text):
    masked = text
    for pattern, put in ((logs._THAI_ID, "[national-id]"), (logs._CREDENTIALS, "[credentials]"), (logs._BEARER, r"\1[token]")):
        masked = pattern.sub(put, masked)

    assert logs.mask(text) == logs._EMAIL.sub("[email]", masked)


@pytest.mark.parametrize("field", ["password", "api_key", "apiKey", "token", "nationalId", "national_id", "body", "secret_key", "cookie"])
def test_a_field_that_is_secret_by_name_never_shows_its_value(line, field):
    written = line(lambda: logs.logger("x").info("Set", **{field: "value-of-it"}, deep={field: "value-of-it"}))
    assert "value-of-it" not in json.dumps(written)


def test_lines_of_the_standard_library_are_written_the_same_way(line):
    written = line(lambda: logging.getLogger("rq.worker").warning("Lost %s", "1000100001015"))
    assert written["level"] == "warning"
    assert written["event"] == "Lost [national-id]"


def test_a_traceback_is_masked_too(line):
    def fail():
        try:
            raise ValueError("1000100001015")
        except ValueError:
            logs.logger("x").exception("Broken")

    written = line(fail)
    assert "ValueError" in written["exception"]
    assert "1000100001015" not in written["exception"]
