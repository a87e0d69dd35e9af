"""One suite for what alerting keeps, over every embedded document store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.alerting.assembly import COLLECTIONS
from backend.adapters.documents.alert_desk import DocumentAlertHistory, DocumentDeliveries, DocumentSilences
from backend.adapters.documents.alert_series import DocumentReadings
from backend.adapters.documents.alerts import DocumentAlerts
from backend.adapters.documents.forgetting import CHUNK, forget_all
from backend.errors import Conflict, InvalidInput, NotFound
from backend.queues.alerts.ports import MinuteReadings
from backend.queues.alerts.records import Acknowledgement, Alert, Delivery, Group, HistoryEntry, Silence, Text, Told
from tests.support.document_stores import opened

NOW = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "sqlite", "mongomock"])
def store(request, tmp_path):
    with opened(request.param, tmp_path) as store:
        store.ensure(*COLLECTIONS)
        yield store


@pytest.fixture
def alerts(store):
    return DocumentAlerts(store)


def an_alert(id="al_1", queue="aiQc", **changes):
    alert = Alert(
        id=id,
        rule="failure-burst",
        slug="failure-burst",
        labels={"queue": queue} if queue else {},
        severity="high",
        state="firing",
        value=12.0,
        limit=10.0,
        title=Text("พบอัตราความล้มเหลวสูง", "High Failure Rate Detected"),
        message=Text("คิว", "Queue"),
        since=NOW,
        updated_at=NOW,
        context={"queueName": queue, "failureCount": 12, "recentJobId": None, "error": "a.b: $x"},
        raised_at=NOW,
    )
    return replace(alert, **changes)


def test_an_alert_comes_back_as_it_was_written(alerts):
    whole = an_alert(
        calm_since=NOW,
        returns=3,
        reopened=1,
        flapping=True,
        acknowledged=Acknowledgement("user-1", NOW, "ดูอยู่"),
        told_at=NOW,
        escalated_at=NOW,
        silenced_by="si_1",
        inhibited_by="al_0",
    )
    assert alerts.save(whole) == replace(whole, version=1)
    assert alerts.get("al_1") == replace(whole, version=1)
    with pytest.raises(NotFound):
        alerts.get("al_2")


def test_there_is_one_open_alert_of_a_fingerprint(alerts):
    first = alerts.save(an_alert("al_1"))
    with pytest.raises(Conflict):
        alerts.save(an_alert("al_2"))
    alerts.save(an_alert("al_3", queue="email"))
    alerts.save(replace(first, state="resolved", resolved_at=NOW))
    alerts.save(an_alert("al_2"))
    assert sorted(alert.id for alert in alerts.open()) == ["al_2", "al_3"]


def test_a_write_over_a_changed_alert_is_refused(alerts):
    first = alerts.save(an_alert())
    assert alerts.save(replace(first, value=13.0)).version == 2
    with pytest.raises(Conflict):
        alerts.save(replace(first, value=14.0))


def test_many_are_written_at_once_but_for_those_that_changed(alerts):
    assert alerts.save_many([]) == {}
    first, second = alerts.save(an_alert("al_1")), alerts.save(an_alert("al_2", queue="email"))
    alerts.save(replace(second, value=13.0))
    written = alerts.save_many([replace(first, value=14.0), replace(second, value=15.0)])
    assert written == {"al_1": replace(first, value=14.0, version=2)}
    assert {alert.id: alert.value for alert in alerts.open()} == {"al_1": 14.0, "al_2": 13.0}


def test_the_last_of_a_fingerprint_is_the_one_that_was_resolved_last(alerts):
    assert alerts.last(an_alert().fingerprint) is None
    for number in (1, 2, 3):
        alerts.save(an_alert(f"al_{number}", state="resolved", resolved_at=NOW + number % 3 * HOUR))
    assert alerts.last(an_alert().fingerprint).id == "al_2"


def test_only_what_was_never_raised_is_dropped(alerts):
    pending = alerts.save(an_alert("al_1", state="pending", raised_at=None))
    firing = alerts.save(an_alert("al_2", queue="email"))
    for alert in (pending, firing, pending):
        alerts.drop(alert)
    assert [alert.id for alert in alerts.open()] == ["al_2"]


def test_alerts_are_paged_the_newest_first(alerts):
    for number in range(5):
        alerts.save(an_alert(f"al_{number}", queue=f"q{number}", raised_at=NOW + number * HOUR))
    alerts.save(an_alert("al_p", queue="qp", state="pending", raised_at=None))
    first = alerts.page(limit=2)
    assert [alert.id for alert in first.items] == ["al_4", "al_3"]
    assert [alert.id for alert in alerts.page(cursor=first.next, limit=9).items] == ["al_2", "al_1", "al_0"]
    assert [alert.id for alert in alerts.page(queue="q1", slug="failure-burst").items] == ["al_1"]
    assert list(alerts.page(slug="slow-jobs").items) == []
    with pytest.raises(InvalidInput):
        alerts.page(cursor="nonsense")


def test_what_was_resolved_long_ago_is_forgotten(alerts):
    alerts.save(an_alert("al_1", queue="a", state="resolved", resolved_at=NOW))
    alerts.save(an_alert("al_2", queue="b", state="resolved", resolved_at=NOW + HOUR))
    alerts.save(an_alert("al_3", queue="c"))
    assert alerts.forget(NOW + MINUTE) == 1
    assert [alert.id for alert in alerts.page().items] == ["al_3", "al_2"]


def test_a_group_comes_back_and_is_written_over_its_own_version_only(alerts):
    group = Group("aiQc", {"f1": Told("al_1", "high")}, NOW, NOW, 3)
    assert alerts.groups() == {}
    saved = alerts.save_group(group)
    platform = alerts.save_group(Group(""))
    assert alerts.groups() == {"aiQc": saved, "": platform}
    alerts.save_group(replace(saved, number=4))
    for stale in (saved, group):
        with pytest.raises(Conflict):
            alerts.save_group(stale)


def test_a_silence_comes_back_and_is_changed_and_forgotten(store):
    silences = DocumentSilences(store)
    long = silences.save(Silence("si_2", {"slug": "failed-*", "queue": "aiQc"}, NOW, NOW + 2 * HOUR, "user-1", "ย้าย", NOW))
    short = silences.save(Silence("si_1", {"queue": "email"}, NOW, NOW + HOUR, "user-1", "x", NOW))
    assert silences.get("si_2") == long
    assert [each.id for each in silences.all()] == ["si_1", "si_2"]
    assert [each.id for each in silences.all(since=NOW + HOUR)] == ["si_2"]
    assert silences.save(replace(short, until=NOW + MINUTE)).version == 2
    with pytest.raises(Conflict):
        silences.save(short)
    with pytest.raises(NotFound):
        silences.get("si_3")
    assert silences.forget(NOW + HOUR) == 1
    assert [each.id for each in silences.all()] == ["si_2"]


def test_the_history_is_paged_the_newest_first_and_keeps_the_order_of_one_moment(store):
    history = DocumentAlertHistory(store)
    history.add([])
    history.add([HistoryEntry(NOW, "raised", "al_1", "failed-jobs", "aiQc", "warning", detail="11"), HistoryEntry(NOW, "flapping", "al_1")])
    history.add([HistoryEntry(NOW + MINUTE, "silenced", by="user-1", detail="si_1")])
    assert [entry.what for entry in history.page().items] == ["silenced", "flapping", "raised"]
    first = history.page(limit=1)
    assert [entry.what for entry in history.page(cursor=first.next).items] == ["flapping", "raised"]
    assert [entry.detail for entry in history.page(slug="failed-jobs", queue="aiQc", alert_id="al_1").items] == ["11"]
    assert [entry.what for entry in history.page(since=NOW + MINUTE).items] == ["silenced"]
    assert [entry.what for entry in history.page(since=NOW, slug="failed-jobs").items] == ["raised"]
    assert history.forget(NOW + MINUTE) == 2
    assert [entry.what for entry in history.page().items] == ["silenced"]


def test_the_history_of_one_moment_keeps_its_order_from_one_write_to_the_next(store):
    before, after = DocumentAlertHistory(store), DocumentAlertHistory(store)
    before.add([HistoryEntry(NOW - MINUTE, "raised", "al_1")])
    for number in range(20):
        after.add([HistoryEntry(NOW, str(number), "al_1")])
    found = store.find("alert_history", limit=50)
    assert [line["what"] for line in sorted(found, key=lambda line: line["id"])] == ["raised", *map(str, range(20))]


def test_ids_of_the_history_tell_the_moment_and_not_how_long_the_machine_has_been_up(store):
    for at in (NOW + HOUR, NOW):
        DocumentAlertHistory(store).add([HistoryEntry(at, at.isoformat(), "al_1")])
    found = sorted(store.find("alert_history", limit=5), key=lambda line: line["id"])
    assert [line["at"] for line in found] == [NOW, NOW + HOUR]


def test_however_much_is_old_it_is_forgotten_at_once(store):
    history = DocumentAlertHistory(store)
    history.add([HistoryEntry(NOW, "raised", f"al_{number}") for number in range(2 * CHUNK + 1)])
    history.add([HistoryEntry(NOW + HOUR, "raised", "al_new")])
    assert history.forget(NOW + MINUTE) == 2 * CHUNK + 1
    assert [entry.alert_id for entry in history.page().items] == ["al_new"]


def test_forgetting_ends_when_it_has_taken_long_enough_and_goes_on_the_next_time(store):
    DocumentAlertHistory(store).add([HistoryEntry(NOW, "raised") for _ in range(CHUNK + 1)])
    assert [forget_all(store, "alert_history", {}, patience_s=0) for _ in range(3)] == [CHUNK, 1, 0]


def a_delivery(id="d1", channel="email", at=NOW):
    return Delivery(id, channel, {"kind": "news", "alerts": [{"id": "al_1", "context": {"error": "x"}}]}, at, at)


def test_a_notice_is_there_once_and_goes_to_one_sender(store):
    deliveries = DocumentDeliveries(store)
    deliveries.add([])
    deliveries.add([a_delivery(), a_delivery("d2", "log")])
    deliveries.add([a_delivery()])
    assert deliveries.channels_due(NOW) == ["email", "log"]
    assert deliveries.channels_due(NOW - MINUTE) == []
    assert deliveries.claim("email", NOW, NOW + MINUTE) == replace(a_delivery(), next_at=NOW + MINUTE)
    assert deliveries.claim("email", NOW, NOW + MINUTE) is None
    assert deliveries.claim("email", NOW + MINUTE, NOW + HOUR).id == "d1"  # whoever had it did not come back
    deliveries.sent("d1", NOW)
    deliveries.add([a_delivery()])
    assert deliveries.channels_due(NOW + HOUR) == ["log"]


def test_a_notice_that_did_not_arrive_comes_again_or_never(store):
    deliveries = DocumentDeliveries(store)
    deliveries.add([a_delivery("late", at=NOW + MINUTE), a_delivery("d1")])
    assert deliveries.claim("email", NOW + MINUTE, NOW + HOUR).id == "d1"
    deliveries.failed("d1", "TemporaryFailure: busy", NOW + 5 * MINUTE)
    assert deliveries.claim("email", NOW + MINUTE, NOW + HOUR).id == "late"
    again = deliveries.claim("email", NOW + 5 * MINUTE, NOW + HOUR)
    assert (again.id, again.tries, again.last_error) == ("d1", 1, "TemporaryFailure: busy")
    deliveries.failed("d1", "PermanentFailure: no", None)
    assert deliveries.claim("email", NOW + timedelta(days=1), NOW + timedelta(days=2)).id == "late"
    assert deliveries.claim("email", NOW + timedelta(days=1), NOW + timedelta(days=2)) is None
    assert deliveries.forget(NOW + HOUR) == 2


def test_readings_of_a_rule_come_by_the_minute(store):
    readings = DocumentReadings(store)
    first = 29_000_039  # the last minute of an hour
    readings.add(MinuteReadings(first, {"failed-jobs|queue=aiQc": 12.0, "redis-memory": 40.5}, ("refunds",)))
    readings.add(MinuteReadings(first + 1, {}))
    readings.add(MinuteReadings(first + 1, {"failed-jobs|queue=aiQc": 13.0}))
    assert list(readings.of("failed-jobs", first, first + 2)) == [
        MinuteReadings(first, {"failed-jobs|queue=aiQc": 12.0}, ["refunds"]),
        MinuteReadings(first + 1, {"failed-jobs|queue=aiQc": 13.0}, []),
    ]
    assert [minute.values for minute in readings.of("redis-memory", first, first + 1)] == [{"redis-memory": 40.5}]
    assert readings.forget(first + 1) == 1
    assert [minute.minute for minute in readings.of("failed-jobs", 0, first + 9)] == [first + 1]
