"""One form for whatever is written, by whomever: the contract's names, one record a line."""

import json
import logging
import subprocess
import sys
import threading
import warnings

import pytest
from gunicorn.config import Config
from structlog.testing import capture_logs

from backend import context
from backend.settings import load
from backend.telemetry import logs
from backend.telemetry.lines import event_name, field_name
from tests.support.sources import ROOT

LOG = logs.logger("worker")


def test_a_line_begins_with_what_every_line_has_and_carries_what_is_bound(line):
    with context.bind(requestId="req_12345678", jobId="job_1"):
        written = line(lambda: LOG.info("A job was removed", called="job_removed", queue_name="aiQc", duration_ms=3))

    assert [*written] == ["time", "level", "event", "message", "component", "requestId", "jobId", "queue", "durationMs"]
    assert written.pop("time").endswith("Z")
    assert written == {
        "level": "info",
        "event": "job_removed",
        "message": "A job was removed",
        "component": "worker",
        "requestId": "req_12345678",
        "jobId": "job_1",
        "queue": "aiQc",
        "durationMs": 3,
    }


def test_a_field_of_the_line_goes_before_what_is_bound_and_an_empty_one_is_left_out(line):
    with context.bind(jobId="outer", userId=""):
        written = line(lambda: LOG.info("Said", job_id="inner", reason=""))

    assert written["jobId"] == "inner"
    assert not {"userId", "reason"} & written.keys()


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Worker started", "worker_started"),
        ("A queue was obliterated", "queue_was_obliterated"),
        ("The document store is away: nothing is accepted until it is back", "document_store_is_away"),
        ("An end is looked at by itself", "end_is_looked_at_by_itself"),
        ("The model's answer is unusable", "model_s_answer_is_unusable"),
        ("ระบบขัดข้อง", "said"),
        ("x" * 99, "x" * 60),
    ],
)
def test_the_name_of_an_event_is_made_of_its_sentence(sentence, name):
    assert event_name(sentence) == name


@pytest.mark.parametrize(
    ("given", "name"), [("job_id", "jobId"), ("queue_name", "queue"), ("input_sha256", "inputSha256"), ("mode", "mode"), ("jobId", "jobId")]
)
def test_fields_have_the_names_of_the_contract(given, name):
    assert field_name(given) == name


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_only_lines_of_the_level_and_above_are_written(lines, level):
    logs.configure(json=True, level=level)

    def write():
        for say in (LOG.debug, LOG.info, LOG.warning, LOG.error):
            say("Said")

    written = [each["level"].upper() for each in lines(write)]

    assert written == ["DEBUG", "INFO", "WARNING", "ERROR"][-len(written) :]
    assert written[0] == level


def test_a_line_below_the_level_is_not_even_made(lines):
    logs.configure(json=True, level="ERROR")
    with capture_logs() as made:
        assert lines(lambda: LOG.info("Said")) == []
    assert made == []


def test_development_has_the_same_fields_for_people_to_read(lines, capsys):
    logs.configure(json=False)
    with context.bind(requestId="req_12345678"):
        LOG.info("A job was removed", job_id="j1")
    written = capsys.readouterr().err

    assert written.count("\n") == 1
    for part in ("info", "A job was removed", "event=job_was_removed", "component=worker", "requestId=req_12345678", "jobId=j1"):
        assert part in written


def test_a_record_cannot_forge_another_one_for_people_to_read(lines, capsys):
    logs.configure(json=False)
    logging.getLogger("driver").warning("Lost\n2026-11-02T03:04:05Z [info] \x1b[31mAll is well", extra={})
    LOG.info("Said", detail="one\ntwo\x1b[0m")
    written = capsys.readouterr().err

    assert written.count("\n") == 2
    assert "\x1b" not in written
    assert "Lost\\n2026" in written


def fail():
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        LOG.exception("Broken")


def test_a_trace_is_a_part_of_its_line(lines):
    (written,) = lines(fail)

    assert written["exception"].startswith("Traceback")
    assert written["exception"].endswith("ValueError: first\nsecond")


@pytest.mark.parametrize("name", ["rq.worker", "werkzeug", "gunicorn.error", "gunicorn.access", "pymongo.connection", "urllib3"])
def test_lines_of_the_standard_library_have_the_same_form(lines, name):
    with context.bind(requestId="req_12345678"):
        (written,) = lines(lambda: logging.getLogger(name).warning("Lost %s\nand more", "it", extra={"password": "hunter2"}))

    assert [*written] == ["time", "level", "event", "message", "component", "requestId"]
    assert (written["event"], written["component"], written["message"]) == ("library_line", name, "Lost it\nand more")


def test_gunicorns_own_logger_writes_lines_of_this_form(lines, monkeypatch):
    monkeypatch.setenv("GACP_ENV", "production")
    monkeypatch.setenv("SECRET_KEY", "k" * 32)
    configuration = {"__name__": "gunicorn.conf", "__file__": str(ROOT / "gunicorn.conf.py")}
    exec((ROOT / "gunicorn.conf.py").read_text("utf-8"), configuration)
    logger = configuration["OneLog"](Config())

    written = lines(lambda: logger.error("Error handling request %s", "/api/x?token=abcdef&email=a@b.co"))

    assert [each["message"] for each in written] == ["Error handling request /api/x?token=[redacted]&email=[email]"]


def test_a_record_that_cannot_be_written_is_told_of_without_what_was_in_it(lines):
    (ours,) = (each for each in logging.getLogger().handlers if type(each).__module__ == logs.__name__)
    record = logging.LogRecord("driver", logging.WARNING, __file__, 1, "%d of %d", ("hunter2",), None)
    (written,) = lines(lambda: ours.handle(record))

    assert (written["event"], written["of"]) == ("line_could_not_be_written", "driver")
    assert "hunter2" not in json.dumps(written)


def test_warnings_and_what_nobody_catches_are_lines_too(lines):
    logs.begin(load(GACP_ENV="production", SECRET_KEY="k" * 32))

    def accident():
        raise ValueError("id 1000100001015")

    def happen():
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = logs._say_warning  # `catch_warnings` puts its own in place
            warnings.warn("old api of a@b.co", DeprecationWarning, stacklevel=1)
        thread = threading.Thread(target=accident, name="side")
        thread.start()
        thread.join()

    warned, caught = lines(happen)

    assert (warned["event"], warned["category"], warned["detail"]) == ("library_warns", "DeprecationWarning", "old api of [email]")
    assert (caught["event"], caught["error"], caught["where"]) == ("exception_was_not_caught", "ValueError", "side")
    assert caught["exception"].endswith("ValueError: id [national-id]")


def test_a_process_ends_with_its_error_in_one_line():
    begin = "from backend.settings import load; from backend.telemetry.logs import begin; begin(load()); "
    program = begin + "raise ValueError('pw=hunter2-hunter2 password=hunter2-hunter2')"
    environment = {"GACP_ENV": "production", "SECRET_KEY": "k" * 32, "ADMIN_PASSWORD": "hunter2-hunter2"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    (written,) = map(json.loads, done.stderr.splitlines())
    assert done.returncode == 1
    assert written["exception"].endswith("ValueError: pw=[redacted] password=[redacted]")


def test_an_object_that_cannot_even_say_what_it_is_costs_no_line(line):
    class Mute:
        def __repr__(self):
            raise RuntimeError

    circle = []
    circle.append(circle)
    written = line(lambda: LOG.info("Said", mute=Mute(), circle=circle, endless=float("nan"), set={1}))

    assert written["mute"] == "[Mute that cannot be shown]"
    assert (written["endless"], written["set"]) == ("nan", [1])
    assert "[…]" in json.dumps(written["circle"], ensure_ascii=False)


def test_no_value_makes_a_line_that_goes_on_and_on(line):
    assert len(line(lambda: LOG.info("Said", text="x" * 10**6))["text"]) < 17_000
