"""A web process that starts while the document store is away says so at once, and serves as soon as it is back."""

import threading
from pathlib import Path

import pytest
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.test import Client

from backend.adapters.memory.documents import MemoryStore
from backend.bootstrap import Parts, build
from backend.errors import Misconfigured, Unavailable
from backend.settings import load
from backend.web.patient import AGAIN_AFTER_S, SORRY, PatientApp
from backend.web.readiness import is_stopping


class Maker:
    """Makes an application that answers its path; raises `trouble` where there is any."""

    def __init__(self, trouble=None):
        self.trouble = trouble
        self.asked = self.closed = 0
        self.now = 0.0
        self.before = lambda: None

    def __call__(self):
        self.asked += 1
        self.before()
        if self.trouble:
            raise self.trouble
        app = Flask("made")
        app.add_url_rule("/<path:path>", view_func=lambda path: f"{path}{' stopping' if is_stopping() else ''}", endpoint="any")
        return app, self.close

    def close(self):
        self.closed += 1

    def patient(self):
        return PatientApp(self, monotonic=lambda: self.now)


@pytest.fixture
def away():
    return Maker(Unavailable("The document store does not answer"))


def test_with_the_store_there_the_application_is_made_at_the_start():
    maker = Maker()
    client = Client(maker.patient())
    assert (client.get("/one").text, client.get("/two").text, maker.asked) == ("one", "two", 1)


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/healthz", 200, "application/json"),
        ("/readyz", 503, "application/json"),
        ("/api/v1/applications", 503, "application/problem+json"),
        ("/applications", 503, "text/plain; charset=utf-8"),
    ],
)
def test_while_it_is_away_every_request_is_answered(away, path, status, kind):
    answer = Client(away.patient()).get(path)
    assert (answer.status_code, answer.content_type) == (status, kind)
    assert answer.headers["X-Request-ID"]


def test_who_asks_for_work_is_told_when_to_come_again_in_both_languages(away):
    client = Client(away.patient())
    problem, page = client.post("/api/v1/applications"), client.get("/")
    assert problem.headers["Retry-After"] == page.headers["Retry-After"] == "5"
    assert problem.get_json()["detail"] == page.text == SORRY
    assert problem.get_json()["requestId"] == problem.headers["X-Request-ID"]


def test_it_looks_again_after_a_while_and_serves_from_then_on(away):
    client = Client(away.patient())
    for _ in range(5):
        assert client.get("/page").status_code == 503
    assert away.asked == 1
    away.now, away.trouble = AGAIN_AFTER_S, None
    assert [client.get("/page").text for _ in range(3)] == ["page"] * 3
    assert away.asked == 2


def test_nobody_waits_for_the_one_who_looks(away):
    looks, go_on = threading.Event(), threading.Event()
    app = away.patient()
    away.now, away.trouble = AGAIN_AFTER_S, None
    away.before = lambda: looks.set() or go_on.wait(10)
    first = threading.Thread(target=lambda: Client(app).get("/first"))
    first.start()
    assert looks.wait(10)
    assert Client(app).get("/second").status_code == 503
    go_on.set()
    first.join(10)
    assert Client(app).get("/third").text == "third"


def test_what_no_waiting_cures_is_raised_at_the_start_and_logged_later(away):
    with pytest.raises(Misconfigured):
        Maker(Misconfigured("MONGODB_URI")).patient()
    client = Client(away.patient())
    away.now, away.trouble = AGAIN_AFTER_S, Misconfigured("MONGODB_URI")
    with capture_logs() as lines:
        assert client.get("/page").status_code == 503
    assert ("The application cannot be made", "MONGODB_URI") in [(line["event"], line.get("error")) for line in lines]


def test_it_passes_on_that_the_process_leaves_and_closes_what_was_made(away):
    maker = Maker()
    app = maker.patient()
    app.stop_being_ready()
    app.close()
    assert (Client(app).get("/page").text, maker.closed) == ("page stopping", 1)
    nothing = away.patient()
    nothing.stop_being_ready()
    nothing.close()


class ClosedStore(MemoryStore):
    closed = 0

    def close(self):
        self.closed += 1


def test_a_store_that_does_not_answer_is_let_go_of(tmp_path: Path):
    store = ClosedStore()
    store.away = True
    with pytest.raises(Unavailable):
        build(load(GACP_ENV="test", DATA_DIR=str(tmp_path), SECRET_KEY="k" * 32), Parts(store=store))
    assert store.closed == 1
