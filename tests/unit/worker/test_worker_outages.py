"""One outage is one line when it begins and one when it is over, whoever meets it."""

import pytest
from structlog.testing import capture_logs

from backend.adapters.rq.worker.healing import Healing
from backend.adapters.rq.worker.outage import Outage
from backend.errors import Unavailable
from backend.queues.errors import BrokerUnavailable
from tests.support.queue_runs import until
from tests.support.queues import Desk
from tests.support.worker_control import NotedWorker
from tests.support.workers import House


def said(lines):
    """What was said above the level of those who look for a fault."""
    return [(line.get("what"), line["log_level"]) for line in lines if line["log_level"] in ("info", "warning") and "what" in line]


def test_another_error_of_the_same_outage_is_no_news():
    outage = Outage("the ledger")
    with capture_logs() as lines:
        for error in (Unavailable("x"), BrokerUnavailable("y"), Unavailable("x")):
            outage.began(error)
        assert outage.error == "Unavailable"
        outage.ended()
        outage.ended()
    assert said(lines) == [("the ledger", "warning"), ("the ledger", "info")]


@pytest.mark.parametrize(("told", "lines_said"), [("BrokerUnavailable", []), ("", [("recovery", "warning"), ("recovery", "info")])])
def test_who_only_looks_on_speaks_where_nobody_else_does_and_a_second_look_is_in_vain(told, lines_said):
    desk, worker = Desk(), NotedWorker()
    healing = Healing(desk.recovery, every_s=5.0, ledger=Outage("the ledger"), is_away=list)
    with capture_logs() as lines:
        for away in (True, False, True):
            desk.broker.away = away
            healing(worker)
        assert said(lines) == [], "one look in vain may be the first to notice what others tell of in a moment"
        worker.outage = told
        healing(worker)
        healing(worker)
        desk.broker.away = False
        healing(worker)
    assert said(lines) == lines_said


@pytest.mark.parametrize(("what", "parts"), [("the broker", ("broker",)), ("the ledger", ("ledger", "store"))])
def test_an_idle_worker_says_once_that_a_server_is_away_and_once_that_it_is_back(what, parts):
    house = House()
    with capture_logs() as lines, house.worker() as worker:
        assert until(lambda: any(line["event"] == "Worker started" for line in lines))
        for part in parts:
            getattr(house, part).away = True
        assert until(lambda: worker.outage)
        until(lambda: False, 1.2)  # meanwhile whoever looks now and then has looked
        for part in parts:
            getattr(house, part).away = False
        assert until(lambda: not worker.outage)
    assert said(lines) == [(what, "warning"), (what, "info")]
