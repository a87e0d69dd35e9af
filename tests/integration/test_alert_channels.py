"""The channels of alerts, each over a real server, and what becomes of a notice where that fails, hangs or lies."""

import hmac
import json
import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256

import pytest
from structlog.testing import capture_logs

from backend.adapters.alerting.assembly import channels
from backend.adapters.alerting.heartbeat import HttpHeartbeat
from backend.adapters.memory.mailer import MemoryMailer
from backend.adapters.smtp.mailer import SmtpMailer
from backend.adapters.smtp.server import SmtpServer
from backend.clock import FrozenClock
from backend.errors import Misconfigured, PermanentFailure, TemporaryFailure
from backend.queues.alerts.courier import Courier
from backend.queues.alerts.facts import Failure
from backend.settings import load
from tests.support.alerts import ALL_IS_WELL, NOON, NotedChannel, Watchtower, with_queue
from tests.support.local_http import LocalHttp, Reply
from tests.support.queue_runs import until
from tests.support.smtp import header, part, smtp_server

MINUTE = timedelta(minutes=1)
SECRET = "a secret of many characters"
BURST = with_queue(burst=12, newest_failure=Failure("job-1", "<https://evil.example|click> & timeout"))


class Receiver(LocalHttp):
    """Takes what is posted; `replies` come first, one per request."""

    def __init__(self):
        super().__init__()
        self.replies = []

    def answer(self, request):
        return self.replies.pop(0) if self.replies else Reply(200, {"ok": True})


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


def made(name, mailer=None, **variables):
    """The channel of that name, as the settings make it."""
    found = channels(load(GACP_ENV="test", **variables), mailer or MemoryMailer(), FrozenClock(NOON))
    return next(channel for channel in found if channel.name == name)


def webhook(receiver, path="/hook?key=hidden", **variables):
    return made("webhook", ALERT_WEBHOOK_URL=receiver.url + path, ALERT_WEBHOOK_SECRET=SECRET, **variables)


def notice(kind="news"):
    """What is told of a burst of failures."""
    noted = NotedChannel()
    tower = Watchtower(noted)
    tower.go_on(MINUTE, BURST)
    return noted.notices[0] | {"kind": kind}


@contextmanager
def a_server_that(does):
    """Listens on a free port and treats its first caller so."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()
        thread = threading.Thread(target=lambda: does(listening.accept()[0], stop), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        stop.set()
        thread.join(10)


def test_a_webhook_gets_the_alert_of_seed_001_signed(receiver):
    webhook(receiver).send(notice())
    [request] = receiver.requests
    assert (request.method, request.path, request.query) == ("POST", "/hook", {"key": ["hidden"]})
    [alert] = request.body["alerts"]
    assert {name: alert[name] for name in ("severity", "title", "message", "context")} == {
        "severity": "high",
        "title": "High Failure Rate Detected",
        "message": "Queue aiQc has 12 failures in the last 5 minutes",
        "context": {
            "queueName": "aiQc",
            "failureCount": 12,
            "threshold": 10,
            "recentJobId": "job-1",
            "error": "<https://evil.example|click> & timeout",
        },
    }
    timestamp = request.headers["x-gacp-timestamp"]
    raw = json.dumps(request.body, ensure_ascii=False, sort_keys=True).encode()
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + raw, sha256).hexdigest()
    assert request.headers["x-gacp-signature"] == f"v1={expected}"
    assert int(timestamp) == NOON.timestamp()


def test_a_notice_that_is_sent_again_has_the_same_delivery_id(receiver):
    for _ in range(2):
        webhook(receiver).send(notice() | {"alerts": []})
    first, second = receiver.requests
    assert first.headers["x-gacp-delivery"] == second.headers["x-gacp-delivery"]


def test_a_chat_gets_text_and_blocks_in_which_nothing_is_markup(receiver):
    made("slack", ALERT_SLACK_URL=f"{receiver.url}/services/T0/B0/secret").send(notice())
    [request] = receiver.requests
    assert "High Failure Rate Detected" in request.body["text"]
    assert [block["type"] for block in request.body["blocks"]] == ["header", "section"]
    said = request.body["blocks"][1]["text"]["text"]
    assert "&lt;https://evil.example|click&gt; &amp; timeout" in said
    assert "<" not in said


def test_a_long_notice_is_cut_for_the_chat_and_says_so(receiver):
    many = notice()
    made("slack", ALERT_SLACK_URL=receiver.url).send(many | {"alerts": many["alerts"] * 60})
    blocks = receiver.requests[0].body["blocks"]
    assert len(blocks) <= 50
    assert "40 more" in blocks[-1]["text"]["text"]
    assert all(len(block["text"]["text"]) <= 3_000 for block in blocks)


def test_an_alert_comes_by_mail_in_both_languages_to_each_mailbox():
    with smtp_server() as server:
        mailer = SmtpMailer(SmtpServer.parse(f"smtp://127.0.0.1:{server.port}?tls=none"), "GACP <a@gacp.example>", FrozenClock(NOON))
        for name in ("email", "email-2"):
            made(name, mailer, ALERT_EMAIL_TO="desk@office.example, night@office.example").send(notice())
    assert [letter.recipients for letter in server.received] == [("desk@office.example",), ("night@office.example",)]
    message = server.received[0].message
    assert "HIGH · AI QC: พบอัตราความล้มเหลวสูง / High Failure Rate Detected" in header(message, "Subject")
    text = part(message, "text/plain")
    assert "คิว aiQc ล้มเหลว 12 งานใน 5 นาทีที่ผ่านมา" in text
    assert "เริ่ม 2 พ.ย. 2569 12.00 น. / since 2 Nov 2026, 12:00" in text
    assert "docs/runbooks/failure-burst.md" in text
    assert "&lt;https://evil.example|click&gt;" in part(message, "text/html")


def test_a_day_of_a_flapping_alert_is_one_letter_at_the_mail_server():
    with smtp_server() as server:
        mailer = SmtpMailer(SmtpServer.parse(f"smtp://127.0.0.1:{server.port}?tls=none"), "GACP <a@gacp.example>", FrozenClock(NOON))
        tower = Watchtower(made("email", mailer, ALERT_EMAIL_TO="desk@office.example"))
        for _ in range(24 * 4 - 1):
            tower.go_on(7 * MINUTE, BURST, every=MINUTE)
            tower.go_on(8 * MINUTE, ALL_IS_WELL, every=MINUTE)
    assert [header(letter.message, "Subject").partition(" · ")[0] for letter in server.received] == ["[GACP] สำคัญ HIGH"]
    assert tower.book.firing()[0].returns == 94


@pytest.mark.parametrize("kind", ["news", "repeat", "escalation", "test"])
def test_every_kind_of_notice_can_be_said(kind):
    mailer = MemoryMailer()
    made("escalation-email", mailer, ALERT_ESCALATION_EMAIL_TO="boss@office.example").send(notice(kind))
    assert mailer.sent[0].to == "boss@office.example"
    assert ("ESCALATED" in mailer.sent[0].subject) == (kind == "escalation")


def test_the_log_says_each_alert():
    with capture_logs() as lines:
        made("log").send(notice())
    assert [(line["log_level"], line["slug"], line["detail"]) for line in lines if line["event"] == "Alert"] == [
        ("warning", "failure-burst", "Queue aiQc has 12 failures in the last 5 minutes")
    ]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(503), TemporaryFailure),
        (Reply(429, headers={"Retry-After": "7"}), TemporaryFailure),
        (Reply(422), PermanentFailure),
        (Reply(404), Misconfigured),
        (Reply(302, headers={"Location": "http://127.0.0.1:1/elsewhere"}), Misconfigured),
        (Reply(drop=True), TemporaryFailure),
    ],
)
def test_what_a_receiver_answers_decides_whether_it_is_tried_again(receiver, reply, error):
    receiver.replies = [reply]
    with pytest.raises(error) as caught:
        webhook(receiver).send(notice())
    assert len(receiver.requests) == 1  # a redirect is not followed
    assert getattr(caught.value, "retry_after", None) == (7 if reply.status == 429 else None)
    assert "hidden" not in str(caught.value)
    assert SECRET not in str(caught.value)


def silent(_caller, stop):
    stop.wait(30)


def one_letter_at_a_time(caller, stop):
    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 10_000:
        if stop.wait(0.05):
            return
        try:
            caller.send(bytes([letter]))
        except OSError:
            return


@pytest.mark.parametrize("does", [silent, one_letter_at_a_time])
def test_a_receiver_that_hangs_or_trickles_costs_the_time_out_and_no_more(does):
    with a_server_that(does) as url:
        channel = made("webhook", ALERT_WEBHOOK_URL=url, ALERT_WEBHOOK_SECRET=SECRET, ALERT_CHANNEL_TIMEOUT_S="0.5")
        began = time.monotonic()
        with pytest.raises(TemporaryFailure):
            channel.send(notice())
        assert time.monotonic() - began < 20  # else it would have gone on for minutes


def test_nobody_there_is_a_temporary_failure():
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with pytest.raises(TemporaryFailure):
        made("slack", ALERT_SLACK_URL=f"http://127.0.0.1:{port}/x").send(notice())


def test_a_notice_is_tried_again_until_it_arrives(receiver):
    receiver.replies = [Reply(500), Reply(drop=True)]
    tower = Watchtower(webhook(receiver))
    tower.go_on(2 * MINUTE, BURST)
    assert [request.body["kind"] for request in receiver.requests] == ["news"] * 3
    assert tower.happened("notified", "undelivered") == [("notified", "failure-burst")]


def test_what_is_refused_for_good_is_given_up_with_a_line_in_log_and_history(receiver):
    receiver.replies = [Reply(422)]
    tower = Watchtower(webhook(receiver))
    with capture_logs() as lines:
        tower.go_on(3 * MINUTE, BURST)
    assert len(receiver.requests) == 1
    assert tower.happened("undelivered") == [("undelivered", "failure-burst")]
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["A notice about alerts was given up"]


def test_what_does_not_arrive_for_a_day_is_given_up():
    broken = NotedChannel()
    broken.failures = [TemporaryFailure("away")] * 10_000
    tower = Watchtower(broken, ALERT_REPEAT_S=604_800, ALERT_ESCALATE_S=0)
    tower.go_on(timedelta(hours=25), BURST, every=5 * MINUTE)
    assert tower.happened("undelivered") == [("undelivered", "failure-burst")]
    assert 90 < 10_000 - len(broken.failures) < 120  # every 15 minutes in the end


def test_no_address_and_no_secret_of_a_channel_gets_into_the_log(receiver):
    receiver.replies = [Reply(404), Reply(302), Reply(500)]
    tower = Watchtower(webhook(receiver), made("slack", ALERT_SLACK_URL="http://127.0.0.1:1/services/hidden"))
    with capture_logs() as lines:
        tower.go_on(5 * MINUTE, BURST)
    said = json.dumps(lines, default=str) + json.dumps([entry.to_json() for entry in tower.book.history(limit=500).items])
    assert len(receiver.requests) == 4
    for secret in ("hidden", "127.0.0.1", SECRET):
        assert secret not in said


def test_a_channel_that_hangs_holds_up_neither_the_evaluation_nor_the_others():
    let_go, quick = threading.Event(), NotedChannel("quick")
    hangs = NotedChannel("hangs")
    hangs.send = lambda _notice: let_go.wait(60)
    tower = Watchtower(hangs, quick)
    tower.courier = Courier(tower.desk, tower.clock)  # with real threads
    try:
        for facts in (BURST, BURST, BURST, ALL_IS_WELL):
            tower.go_on(MINUTE, facts)
            tower.go_on(20 * MINUTE, every=MINUTE)
        assert until(lambda: len(quick.notices) >= 2)
        assert tower.happened("raised", "resolved") == [("raised", "failure-burst"), ("resolved", "failure-burst")]
        assert sum(thread.name == "alerts-hangs" for thread in threading.enumerate()) == 1
    finally:
        let_go.set()


def test_a_channel_with_a_bug_is_the_trouble_of_its_notices_alone():
    bug, fine = NotedChannel("bug"), NotedChannel("fine")
    bug.failures = [KeyError("oops")]
    tower = Watchtower(bug, fine)
    tower.go_on(2 * MINUTE, BURST)
    assert (len(bug.notices), len(fine.notices)) == (1, 1)


def test_a_test_message_says_what_it_is_and_whether_it_arrived(receiver):
    receiver.replies = [Reply(404)]
    tower = Watchtower(webhook(receiver), made("slack", ALERT_SLACK_URL=receiver.url), made("log"))
    assert [(trial.channel, trial.arrived) for trial in tower.book.test()] == [("webhook", False), ("slack", True), ("log", True)]
    assert receiver.requests[0].body["kind"] == "test"
    assert "nothing is wrong" in json.dumps(receiver.requests[1].body)


def test_the_heartbeat_is_asked_for_and_waited_for_by_nobody(receiver):
    heartbeat = HttpHeartbeat(f"{receiver.url}/ping/hidden", timeout_s=5)
    receiver.replies = [Reply(500)]
    with capture_logs() as lines:
        heartbeat.beat()
        assert until(lambda: len(receiver.requests) == 1 and any(line["log_level"] == "warning" for line in lines))
    assert "hidden" not in json.dumps(lines, default=str)
    assert until(lambda: not any(thread.name == "alerts-heartbeat" for thread in threading.enumerate()))
    heartbeat.beat()
    assert until(lambda: len(receiver.requests) == 2)
    assert (receiver.requests[1].method, receiver.requests[1].path) == ("GET", "/ping/hidden")
