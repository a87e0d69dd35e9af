"""Equal failures read alike, whatever numbers, ids, addresses and quoted values their messages hold."""

import string
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.queues.normalising import LIMIT, normalised

WORDS = st.lists(st.text("abcdefghijk", min_size=1, max_size=8), min_size=1, max_size=5).map(" ".join)
NUMBERS = st.one_of(st.integers(0, 10**12).map(str), st.floats(0, 1e6, allow_nan=False).map(lambda number: f"{number:.3f}"))
IDS = st.one_of(
    st.uuids().map(str),
    st.text("0123456789abcdef", min_size=8, max_size=32).filter(lambda text: not text.isalpha() and not text.isdigit()),
    st.integers(1, 999_999).map(lambda number: f"GACP-2569-{number:06d}"),
)
ADDRESSES = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.tuples(st.sampled_from(["mail", "smtp.example.com", "db-host"]), st.integers(10, 65535)).map(lambda parts: f"{parts[0]}:{parts[1]}"),
)
MAILBOXES = st.tuples(st.text(string.ascii_lowercase, min_size=1, max_size=9), st.integers(0, 99)).map(
    lambda parts: f"{parts[0]}{parts[1]}@example{parts[1]}.com"
)
QUOTED = st.text(string.ascii_letters + string.digits + " .-@:/กขค", max_size=20).map(lambda text: f"'{text}'")
TIMES = st.datetimes(min_value=datetime(2000, 1, 1)).map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z")


@pytest.mark.parametrize(
    ("message", "plain"),
    [
        ("lost worker: host-1-2342 held the job for 31 s", "lost worker: <id> held the job for <n>"),
        ("Promise timed out after 120000 milliseconds", "Promise timed out after <n> milliseconds"),
        ("Could not send to somchai@example.com: 550 5.1.1", "Could not send to <email>: <n> <n>"),
        ("There is no job '0ab-1'", "There is no job <text>"),
        ("can't open /var/lib/gacp/a1/b.pdf", "can't open <path>"),
        ("ไม่พบคำขอGACP-2569-000001ในระบบ", "ไม่พบคำขอ<id>ในระบบ"),
        ("connect smtp.example.com:587 refused at 2026-11-02T03:04:05Z", "connect <address> refused at <time>"),
        ("10.0.0.3 said no,  twice\n", "<address> said no, twice"),
        ("see https://x.example/a?b=1 for more", "see <url> for more"),
        ("used 93.5% of 512MiB", "used <n> of <n>"),
    ],
)
def test_what_differs_is_named_by_its_kind(message, plain):
    assert normalised(message) == plain


def test_the_status_of_an_answer_stays():
    assert normalised("HTTP 503: busy, request 17") == "HTTP 503: busy, request <n>"
    assert normalised("status=403") != normalised("status=503")
    assert normalised("Error code: 429") == "Error code: 429"


@pytest.mark.parametrize(
    "kind", [NUMBERS, IDS, ADDRESSES, MAILBOXES, QUOTED, TIMES], ids=["number", "id", "address", "email", "quoted", "time"]
)
@settings(deadline=None)
@given(st.data())
def test_two_values_of_one_kind_make_no_difference(kind, data):
    before, after = data.draw(WORDS), data.draw(WORDS)
    one, other = data.draw(kind), data.draw(kind)
    assert normalised(f"{before} {one} {after}") == normalised(f"{before} {other} {after}")


@settings(deadline=None)
@given(WORDS, WORDS)
def test_two_sentences_without_values_stay_apart(one, other):
    assert (normalised(one) == normalised(other)) == (one == other)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=120), st.text("'\"`<>@:/.-0123456789aT Z%", max_size=60)))
def test_an_answer_is_final_and_bounded(message):
    plain = normalised(message)
    assert len(plain) <= LIMIT
    if len(plain) < LIMIT:
        assert normalised(plain) == plain


@settings(deadline=None)
@given(st.text(max_size=60), MAILBOXES)
def test_no_address_of_a_person_is_left(text, mailbox):
    assert mailbox not in normalised(f"{text} {mailbox}")


@pytest.mark.parametrize(
    "long", ["a" * 2_000, "1" * 2_000, "a-" * 1_000, "'" * 2_000, "/a" * 1_000, "a@" * 1_000, "1." * 1_000, ("x" * 20 + ":") * 95]
)
def test_no_message_takes_long(long):
    assert len(normalised(long[:2_000])) <= LIMIT
