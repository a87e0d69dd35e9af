"""The doctor on servers, machine, versions and the outside: each thing that may be wrong, told with its cure."""

import json
import platform
from importlib.metadata import version

import pytest

from backend.errors import Misconfigured, Unavailable
from backend.services.doctor import machine, outside, servers, versions
from tests.support.doctor import Deployment, look, redis, store, worker


@pytest.mark.parametrize(
    ("name", "facts", "status", "told"),
    [
        ("redis", redis(), "ok", "Valkey 9.1.2, master"),
        ("redis", redis(role="slave"), "failed", "slave"),
        ("redis", redis(round_trip_ms=70), "warning", "70 ms"),
        ("redis-version", redis(product="Redis", version="5.0.7"), "failed", "5.0.7"),
        ("redis-version", redis(product="Redis", version="6.2.1"), "warning", "6.2.1"),
        ("redis-version", redis(product="Redis", version="7.4.0"), "ok", "7.4.0"),
        ("redis-eviction", redis(), "ok", "noeviction"),
        ("redis-eviction", redis(eviction="allkeys-lru"), "warning", "allkeys-lru"),
        ("redis-eviction", redis(eviction="allkeys-lru", evicted=3), "failed", "3 keys were thrown away"),
        ("redis-persistence", redis(), "ok", "append-only"),
        ("redis-persistence", redis(appends=False), "warning", "no append-only file"),
        ("redis-persistence", redis(trouble="aof_last_write_status: err"), "failed", "aof_last_write_status: err"),
        ("redis-memory", redis(), "ok", "no limit"),
        ("redis-memory", redis(memory_limit=2_000_000), "ok", "50%"),
        ("redis-memory", redis(memory_limit=1_200_000), "warning", "83%"),
        ("redis-memory", redis(memory_limit=1_010_000), "failed", "99%"),
        ("redis-clients", redis(), "ok", "5 of 10000"),
        ("redis-clients", redis(clients=9_000), "warning", "9000 of 10000"),
    ],
)
def test_redis(name, facts, status, told):
    verdict = look(servers.CHECKS, name, Deployment(redis=facts).patient())

    assert (verdict.status, bool(verdict.cure)) == (status, status != "ok")
    assert told in verdict.seen


@pytest.mark.parametrize(
    ("name", "variables", "cure"),
    [
        ("redis", {}, "redis-cli -u REDIS_URL ping"),
        ("documents", {}, "fuser -v DATA_DIR/documents.db"),
        ("documents", {"MONGODB_URI": "mongodb://mongo.internal"}, "mongosh MONGODB_URI"),
    ],
)
def test_a_server_that_does_not_answer_is_told_with_what_to_try(name, variables, cure):
    deployment = Deployment(redis=Unavailable("refused"), documents=Unavailable("refused"), **variables)

    verdict = look(servers.CHECKS, name, deployment.patient())

    assert (verdict.status, verdict.seen) == ("failed", "refused")
    assert cure in verdict.cure


@pytest.mark.parametrize(("enable_queue", "status"), [("true", "failed"), ("false", "skipped")])
def test_no_redis_is_a_failure_where_jobs_should_go_there(enable_queue, status):
    verdict = look(servers.CHECKS, "redis", Deployment(REDIS_URL="", ENABLE_QUEUE=enable_queue).patient())

    assert verdict.status == status


@pytest.mark.parametrize(
    ("name", "facts", "status", "told"),
    [
        ("documents", store(), "ok", "SQLite 3.45"),
        ("documents", store(there=False), "ok", "not made yet"),
        ("documents", store(notes=("its write-ahead log has 999 MiB: some reader never ends",)), "warning", "999 MiB"),
        ("documents", store(round_trip_ms=400), "warning", "400 ms"),
        ("documents-writes", store(), "ok", "a turn within 0.2 ms"),
        ("documents-writes", store(there=False), "skipped", "not made yet"),
        ("documents-writes", store(turn_ms=900), "warning", "900 ms"),
        ("documents-writes", store(takes_writes=False), "failed", "no writes"),
        ("documents-writes", store(turn_ms=None, replicated=False), "warning", "without copies"),
        ("documents-writes", store(turn_ms=None, replicated=True), "ok", "has copies"),
    ],
)
def test_the_document_store(name, facts, status, told):
    verdict = look(servers.CHECKS, name, Deployment(documents=facts).patient())

    assert verdict.status == status
    assert told in verdict.seen


@pytest.mark.parametrize(
    ("ahead_s", "status"), [(0.1, "ok"), (-0.9, "ok"), (1.5, "warning"), (-3, "warning"), (11, "failed"), (-3600, "failed")]
)
def test_clocks_that_do_not_agree(ahead_s, status):
    patient = Deployment(redis=redis(ahead_s=ahead_s), documents=store(ahead_s=ahead_s)).patient()

    for name in ("clock-redis", "clock-documents"):
        verdict = look(machine.CHECKS, name, patient)
        assert verdict.status == status
        assert ("before" if ahead_s > 0 else "behind") in verdict.seen


def test_the_clock_of_the_embedded_store_is_this_machine_s():
    assert look(machine.CHECKS, "clock-documents", Deployment().patient()).status == "ok"
    assert look(machine.CHECKS, "clock", Deployment().patient()).status == "ok"


def test_a_data_folder_that_is_not_there_yet_is_fine_where_it_can_be_made(tmp_path):
    patient = Deployment(DATA_DIR=str(tmp_path / "new" / "var")).patient()

    assert look(machine.CHECKS, "data-dir", patient).status == "ok"
    assert look(machine.CHECKS, "private-files", patient).status == "skipped"
    assert str(tmp_path) in look(machine.CHECKS, "disk", patient).seen
    assert not (tmp_path / "new").exists()


def test_a_folder_in_which_no_file_can_be_made_is_told(tmp_path):
    (tmp_path / "outbox").write_text("a file where the folder should be")
    patient = Deployment(DATA_DIR=str(tmp_path)).patient()

    assert "outbox" in look(machine.CHECKS, "data-dir", patient).seen
    assert look(outside.CHECKS, "mail", patient).status == "failed"


def test_what_is_private_is_told_where_others_can_read_it(tmp_path):
    key = tmp_path / "secret-key"
    key.write_text("k")
    key.chmod(0o644)
    patient = Deployment(DATA_DIR=str(tmp_path)).patient()

    assert look(machine.CHECKS, "private-files", patient).cure == f"chmod 600 {key}"
    key.chmod(0o600)
    assert look(machine.CHECKS, "private-files", patient).status == "ok"


def test_python_and_the_packages_of_this_environment_are_as_wanted():
    patient = Deployment().patient()

    assert [look(versions.CHECKS, name, patient).status for name in ("python", "packages", "lock")] == ["ok", "ok", "ok"]


@pytest.mark.parametrize(
    ("installed", "wanted", "is_within"),
    [
        ("3.1.3", ">=3.1.3,<4", True),
        ("3.1.2", ">=3.1.3,<4", False),
        ("4.0", ">=3.1.3,<4", False),
        ("0.6.9", ">=0.6.3,<0.7", True),
        ("0.7.0", ">=0.6.3,<0.7", False),
        ("9.1.2.post2", ">=9.1.2.post2,<10", True),
        ("9.1.2", ">=9.1.2.post2,<10", False),
        ("1.0", "", True),
    ],
)
def test_ranges_of_versions(installed, wanted, is_within):
    assert versions.within(installed, wanted) is is_within


def test_workers_of_another_version_are_told():
    ours = {"gacp": version("gacp"), "python": platform.python_version(), "rq": version("rq")}
    same, old = worker(versions=ours), worker("w-2", versions=ours | {"gacp": "0.0.9"})

    assert look(versions.CHECKS, "worker-versions", Deployment(workers=[same]).patient()).status == "ok"
    verdict = look(versions.CHECKS, "worker-versions", Deployment(workers=[same, old]).patient())
    assert (verdict.status, "w-2: gacp 0.0.9" in verdict.seen) == ("warning", True)
    assert look(versions.CHECKS, "worker-versions", Deployment().patient()).status == "skipped"


def test_mail_is_signed_in_to_without_a_letter_and_the_folder_is_counted_otherwise(tmp_path):
    signed_in = Deployment(SMTP_URL="smtp://mail.internal")
    signed_in.seen["mail"] = "mail.internal:587, tls starttls: OK"
    assert look(outside.CHECKS, "mail", signed_in.patient()).seen == "signed in to mail.internal:587, tls starttls: OK; no letter was sent"

    signed_in.seen["mail"] = Misconfigured("SMTP_URL: the mail server refuses us: 535")
    with pytest.raises(Misconfigured):
        look(outside.CHECKS, "mail", signed_in.patient())

    (tmp_path / "outbox").mkdir()
    (tmp_path / "outbox" / "a.eml").write_text("x")
    assert "1 in" in look(outside.CHECKS, "mail", Deployment(DATA_DIR=str(tmp_path)).patient()).seen


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ({"type": "service_account", "client_email": "x", "private_key": "x", "token_uri": "x"}, "ok"),
        ({"type": "authorized_user", "client_email": "x", "private_key": "x", "token_uri": "x"}, "failed"),
        ({"type": "service_account"}, "failed"),
        ([], "failed"),
        (None, "failed"),
    ],
)
def test_the_key_of_the_calendar_is_read_and_google_is_not_asked(tmp_path, key, status):
    path = tmp_path / "key.json"
    path.write_text("{" if key is None else json.dumps(key))
    patient = Deployment(GOOGLE_CALENDAR_ID="c", GOOGLE_APPLICATION_CREDENTIALS=str(path)).patient()

    assert look(outside.CHECKS, "calendar", patient).status == status


@pytest.mark.parametrize(
    ("variables", "status"),
    [({}, "ok"), ({"GEMINI_API_KEY": "AIza" + "x" * 30}, "ok"), ({"GEMINI_API_KEY": "short"}, "warning"), ({"AI_PROVIDER": "rules"}, "ok")],
)
def test_the_model_is_not_asked(variables, status):
    verdict = look(outside.CHECKS, "ai", Deployment(**variables).patient())

    assert verdict.status == status
    assert "AIza" not in verdict.seen + verdict.cure
