"""What an administrator sees and does: numbers, alerts, health, clean, pause, resume."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from backend.adapters.memory.broker import MemoryBroker
from backend.errors import NotFound
from backend.queues.alerts.glance import alerts_for, rules
from backend.queues.circuit import TRIAL_AFTER, Circuit
from backend.queues.errors import BrokerUnavailable
from backend.queues.no_broker import NoBroker
from backend.queues.ports import Delivery, Ticket
from backend.queues.testing import drain, submitted
from backend.settings import load
from tests.support.queues import Desk, run_errand, try_once

ZERO = {"waiting": 0, "active": 0, "completed": 0, "failed": 0, "delayed": 0, "paused": 0}


class CountingBroker(MemoryBroker):
    """Notes whose priorities were asked for."""

    def __init__(self, asked):
        super().__init__()
        self.asked = asked

    def waiting_by_priority(self, queue):
        self.asked.append(queue)
        return super().waiting_by_priority(queue)


def submit(desk, times=1, **more):
    return [desk.service.submit(run_errand, {"place": str(number)}, **more).job_id for number in range(times)]


def test_all_four_queues_and_all_counters_are_always_there():
    assert Desk().control.stats() == dict.fromkeys(("aiQc", "email", "calendar", "report"), ZERO)


def test_every_state_is_counted_in_its_queue_also_after_redis_has_forgotten_the_job():
    desk = Desk()
    submit(desk, 2)
    drain(desk.platform)
    submit(desk)
    desk.take_and_vanish()
    submit(desk, 3)
    submit(desk, 1, delay=1000)
    desk.service.submit(try_once, {"place": "x"})
    desk.broker.away = True
    assert desk.control.stats()["aiQc"] == {**ZERO, "waiting": 3, "active": 1, "completed": 2, "delayed": 1}
    assert desk.control.stats()["email"] == {**ZERO, "waiting": 1}


def test_what_waits_in_a_paused_queue_counts_as_paused():
    desk = Desk()
    submit(desk, 2)
    desk.control.pause("aiQc")
    assert desk.control.stats()["aiQc"] == {**ZERO, "paused": 2}
    desk.control.resume()
    assert desk.control.stats()["aiQc"] == {**ZERO, "waiting": 2}


def test_who_counts_priorities_asks_a_redis_that_is_known_to_be_away_no_more():
    asked = []
    desk = Desk(broker=CountingBroker(asked))
    desk.broker.away = True
    for _ in range(3):
        with pytest.raises(BrokerUnavailable):
            desk.control.counts_per_priority("aiQc")
    assert (asked, desk.control.health().circuit) == (["aiQc"], "open")
    desk.broker.away = False
    desk.clock.move(TRIAL_AFTER)
    assert desk.control.counts_per_priority("aiQc") == {}
    assert desk.platform.circuit.state == "closed"


def test_without_a_queue_nothing_is_counted_and_no_circuit_opens():
    desk = Desk(broker=NoBroker(), ENABLE_QUEUE="false")
    with pytest.raises(BrokerUnavailable, match="ENABLE_QUEUE"):
        desk.control.counts_per_priority("aiQc")
    assert desk.platform.circuit.state == "closed"


def test_what_waits_is_counted_by_priority_also_while_paused():
    desk = Desk()
    for priority in (5, 1, 0, 5):
        submit(desk, priority=priority)
    desk.control.pause("aiQc")
    assert desk.control.counts_per_priority("aiQc") == {0: 1, 1: 1, 5: 2}
    assert desk.control.counts_per_priority("aiQc", [5, 7]) == {5: 2, 7: 0}
    assert desk.control.counts_per_priority("email") == {}
    with pytest.raises(NotFound):
        desk.control.counts_per_priority("emails")


@pytest.mark.parametrize(
    ("counter", "number", "message"),
    [
        ("failed", 10, None),
        ("failed", 11, "11 failed jobs"),
        ("failed", 15, "15 failed jobs"),
        ("waiting", 50, None),
        ("waiting", 51, "51 waiting jobs"),
    ],
)
def test_more_than_ten_failed_or_fifty_waiting_jobs_raise_a_warning(counter, number, message):
    table = rules(load(GACP_ENV="test"))
    found = [alert.to_json() for alert in alerts_for({"aiQc": {**ZERO, counter: number}, "email": ZERO}, table)]
    assert found == ([{"queue": "AI QC", "severity": "warning", "message": message}] if message else [])


def test_thresholds_come_from_the_settings():
    table = rules(load(ALERT_FAILED_JOBS="0", ALERT_WAITING_JOBS="1"))
    stats = {"email": {**ZERO, "failed": 1, "waiting": 2}}
    assert [(alert.queue, alert.message) for alert in alerts_for(stats, table)] == [("Email", "1 failed jobs"), ("Email", "2 waiting jobs")]


def test_health_is_stats_and_alerts_and_whether_redis_answers():
    desk = Desk(ALERT_WAITING_JOBS="1")
    submit(desk, 2)
    shown = desk.control.health().to_json()
    assert shown["healthy"] is True
    assert shown["stats"] == desk.control.stats()
    assert shown["alerts"] == [{"queue": "AI QC", "severity": "warning", "message": "2 waiting jobs"}]
    assert (shown["redis"], shown["circuit"]) == ("up", "closed")


def test_health_sees_redis_go_and_come_back():
    desk = Desk()
    desk.broker.away = True
    assert (desk.control.health().healthy, desk.control.health().redis, desk.control.health().circuit) == (False, "away", "open")
    desk.broker.away = False
    assert desk.control.health().redis == "away", "nobody asks while the circuit is open"
    desk.clock.move(timedelta(seconds=5))
    assert (desk.control.health().healthy, desk.control.health().circuit) == (True, "closed")


def test_health_without_a_queue_does_not_ask_redis():
    desk = Desk(broker=NoBroker(), ENABLE_QUEUE="false")
    assert (desk.control.health().healthy, desk.control.health().redis) == (True, "off")


def test_clean_forgets_what_finished_more_than_seven_days_ago():
    desk = Desk()
    submit(desk, 2)
    desk.service.submit(try_once, {"place": "x"})
    drain(desk.platform)
    [kept] = submit(desk)
    desk.clock.move(timedelta(days=7))
    assert desk.control.clean() == {"aiQc": 0, "email": 0, "calendar": 0, "report": 0}
    desk.clock.move(timedelta(milliseconds=1))
    assert desk.control.clean("email") == {"email": 1}
    assert desk.control.clean() == {"aiQc": 2, "email": 0, "calendar": 0, "report": 0}
    assert [job.id for job in submitted(desk.platform)] == [kept]


def test_clean_can_be_told_another_age():
    desk = Desk()
    submit(desk)
    drain(desk.platform)
    desk.clock.move(timedelta(seconds=2))
    assert desk.control.clean("aiQc", older_than=timedelta(seconds=1)) == {"aiQc": 1}


def test_pause_and_resume_are_for_one_queue_or_for_all():
    desk = Desk()
    assert desk.control.pause("email", by="u-1") == ["email"]
    assert desk.control.pause(by="u-1") == ["aiQc", "calendar", "email", "report"]
    assert desk.control.resume("email") == ["aiQc", "calendar", "report"]
    assert desk.control.resume() == []


@pytest.mark.parametrize("act", ["clean", "pause", "resume"])
def test_an_unknown_queue_is_not_found(act):
    with pytest.raises(NotFound, match="did you mean 'email'"):
        getattr(Desk().control, act)("emial")


def a_circuit():
    desk = Desk()
    heard = []
    return Circuit(desk.clock, on_change=heard.append), desk.clock, heard


def test_one_failure_opens_the_circuit_and_one_success_closes_it():
    circuit, _, heard = a_circuit()
    assert (circuit.state, circuit.allows()) == ("closed", True)
    circuit.failed(TimeoutError())
    assert (circuit.state, circuit.allows()) == ("open", False)
    circuit.succeeded()
    assert (circuit.state, heard) == ("closed", ["open", "closed"])
    assert [circuit.allows() for _ in range(3)] == [True, True, True]
    circuit.succeeded()
    assert heard == ["open", "closed"]


def test_half_open_lets_one_caller_try():
    circuit, clock, heard = a_circuit()
    circuit.failed(TimeoutError())
    clock.move(timedelta(seconds=5) - timedelta(milliseconds=1))
    assert (circuit.state, circuit.allows()) == ("open", False)
    clock.move(timedelta(milliseconds=1))
    assert circuit.state == "half-open"
    assert [circuit.allows() for _ in range(3)] == [True, False, False]
    circuit.failed(TimeoutError())
    assert (circuit.state, circuit.allows(), heard) == ("open", False, ["open"])


def test_a_trial_that_never_reports_back_is_replaced():
    circuit, clock, _ = a_circuit()
    circuit.failed(TimeoutError())
    clock.move(timedelta(seconds=5))
    assert circuit.allows()
    clock.move(timedelta(seconds=5))
    assert circuit.allows()


def test_an_outage_is_said_once_however_many_jobs_it_meets():
    desk = Desk()
    with capture_logs() as lines:
        desk.broker.away = True
        submit(desk, 5)
        desk.clock.move(timedelta(seconds=5))
        submit(desk, 5)
        desk.broker.away = False
        desk.clock.move(timedelta(seconds=5))
        submit(desk, 2)
    said = [line["event"] for line in lines if line.get("component") == "queues.circuit"]
    assert said == ["Redis does not answer: jobs run in the caller until it does", "Redis answers again: jobs go to the queue"]


def test_a_process_without_redis_has_a_broker_that_says_so():
    broker, flight = NoBroker(), Delivery("j", "aiQc")
    calls = [
        lambda: broker.hand_over([Ticket("j", "t", "aiQc")]),
        lambda: broker.take(["aiQc"], 0),
        lambda: broker.acknowledge(flight),
        lambda: broker.bury(flight, "E", keep_s=1),
        lambda: broker.put_back(flight),
        lambda: broker.release(flight),
        broker.ping,
    ]
    for call in calls:
        with pytest.raises(BrokerUnavailable, match="ENABLE_QUEUE"):
            call()
    assert (broker.promote_due(Desk().clock.now()), broker.in_flight(), broker.missing(["j"])) == (0, (), {"j"})
