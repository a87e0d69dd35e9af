"""The doctor on a running web process, with an HTTP server that answers as it is told."""

import pytest

from backend.adapters.embedded.valkey import free_port
from backend.services.doctor.web import CHECKS
from tests.support.doctor import Deployment, look
from tests.support.local_http import LocalHttp, Reply


class Web(LocalHttp):
    """Answers as the product does, unless told otherwise by path."""

    def __init__(self):
        super().__init__()
        self.replies = {}

    def answer(self, request):
        path = request.path.rstrip("/") or "/"
        return self.replies.get(path) or self.usual(request, path)

    def usual(self, request, path):
        if path == "/healthz":
            return Reply(body={"status": "ok"})
        if path == "/readyz":
            return Reply(body={"status": "ready", "documents": "up", "redis": "up"})
        if path.startswith("/api/jobs/"):
            body = {"success": False, "requestId": request.headers["x-request-id"]}
            return Reply(401, body, headers={"Content-Type": "application/problem+json"})
        return Reply(404, {})


@pytest.fixture
def web():
    with Web() as server:
        yield server


def see(name, web, **options):
    port = web.url.rpartition(":")[2] if web else str(free_port())
    return look(CHECKS, name, Deployment(PORT=port).patient(**options))


def test_a_web_process_that_is_well(web):
    assert see("web", web).status in ("ok", "warning")  # a loaded machine may take longer than it should
    assert see("ready", web).seen == "200 ready: documents up, redis up"
    assert see("refusals", web).status == "ok"


def test_a_socket_that_is_not_there_is_not_said_to_be_well(web):
    verdict = see("socket", web)

    assert (verdict.status, "/job-progress is not there yet: the handshake got 404" in verdict.seen) == ("skipped", True)
    assert web.requests[-1].headers["upgrade"] == "websocket"


def test_a_socket_that_opens_is_well(web):
    web.replies["/socket.io"] = Reply(101)

    assert see("socket", web).status == "ok"


@pytest.mark.parametrize(
    ("path", "reply", "name", "status"),
    [
        ("/healthz", Reply(text="hello"), "web", "failed"),
        ("/healthz", Reply(500, {}), "web", "failed"),
        ("/readyz", Reply(body={"status": "degraded", "documents": "up", "redis": "away"}), "ready", "warning"),
        ("/readyz", Reply(503, {"status": "unavailable", "documents": "down", "redis": "off"}), "ready", "failed"),
        ("/readyz", Reply(503, text="<html>"), "ready", "failed"),
    ],
)
def test_what_is_wrong_is_told(web, path, reply, name, status):
    web.replies[path] = reply

    verdict = see(name, web)

    assert (verdict.status, bool(verdict.cure)) == (status, True)


def test_a_refusal_that_is_no_problem_document_is_told(web):
    web.answer = lambda _request: Reply(200, {"success": True})

    assert see("refusals", web).status == "failed"


@pytest.mark.parametrize(("dev_runs", "status"), [(False, "warning"), (True, "failed")])
def test_where_nobody_answers_it_depends_on_whether_somebody_should(dev_runs, status):
    verdict = see("web", None, dev_runs=dev_runs)

    assert (verdict.status, "gacp web" in verdict.cure) == (status, True)
    assert {see(name, None).status for name in ("ready", "refusals", "socket")} == {"skipped"}
