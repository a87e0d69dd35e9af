"""The life of an alert: raised once, kept through flapping, resolved, acknowledged, silenced, muted by its cause, escalated."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.adapters.memory.documents import MemoryStore
from backend.errors import Conflict, InvalidInput, NotFound, Unavailable
from backend.queues.alerts.facts import RedisFacts
from tests.support.alerts import ALL_IS_WELL, NOON, NotedChannel, Watchtower, with_queue

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
FAILED = with_queue(counts={"failed": 11})
BURST = with_queue(burst=12)
NO_WORKER = with_queue(workers=0)
REDIS_DOWN = replace(ALL_IS_WELL, redis=RedisFacts(up=False), silent_workers=None)
DAY = timedelta(days=1)


@pytest.fixture
def tower():
    return Watchtower()


def test_a_condition_has_to_last_before_anybody_hears_of_it(tower):
    tower.look(FAILED)
    tower.go_on(45 * MINUTE / 60)
    assert (tower.firing, tower.told()) == ([], [])
    tower.go_on(MINUTE / 4)
    assert tower.firing == [("failed-jobs", "aiQc")]
    tower.go_on(MINUTE / 2)
    assert tower.told() == [("news", "firing", ["failed-jobs"])]


def test_a_condition_that_does_not_last_leaves_nothing(tower):
    tower.look(FAILED)
    tower.go_on(MINUTE / 2, ALL_IS_WELL)
    assert tower.happened() == []
    assert tower.desk.alerts.open() == []
    tower.go_on(45 * MINUTE / 60, FAILED)
    assert tower.firing == []  # it begins anew


def test_it_is_raised_once_and_updated_while_it_goes_on(tower):
    tower.go_on(2 * MINUTE, FAILED)
    [alert] = tower.book.firing()
    tower.go_on(10 * MINUTE, with_queue(counts={"failed": 25}))
    [same] = tower.book.firing()
    assert (same.id, same.raised_at) == (alert.id, alert.raised_at)
    assert (same.value, same.message.en) == (25, "Queue aiQc has 25 failed jobs")
    assert tower.happened("raised", "updated", "resolved") == [("raised", "failed-jobs")]
    assert len(tower.channel.notices) == 1


def test_it_is_resolved_with_a_notice_once_its_condition_has_been_gone_for_long(tower):
    tower.go_on(5 * MINUTE, FAILED)
    tower.go_on(14 * MINUTE, ALL_IS_WELL)
    assert tower.firing == [("failed-jobs", "aiQc")]
    tower.go_on(2 * MINUTE)
    assert tower.firing == []
    tower.go_on(MINUTE)
    assert tower.told() == [("news", "firing", ["failed-jobs"]), ("news", "resolved", ["failed-jobs"])]
    assert tower.happened("raised", "resolved") == [("raised", "failed-jobs"), ("resolved", "failed-jobs")]
    [over] = tower.book.page().items
    assert (over.state, over.resolved_at is not None) == ("resolved", True)


def test_a_worse_level_is_news_and_stays_until_the_end(tower):
    tower.go_on(3 * MINUTE, with_queue(counts={"active": 101}))
    tower.go_on(6 * MINUTE, with_queue(counts={"active": 501}))
    tower.go_on(MINUTE, with_queue(counts={"active": 101}))
    assert [(each["alerts"][0]["severity"], each["kind"]) for each in tower.channel.notices] == [("warning", "news"), ("critical", "news")]
    assert tower.book.firing()[0].severity == "critical"
    assert tower.happened("updated") == [("updated", "queue-depth")]


def test_alerts_of_one_queue_are_told_together_and_those_of_another_apart(tower):
    both = with_queue("email", with_queue(counts={"failed": 11, "waiting": 51}), counts={"failed": 11})
    tower.go_on(3 * MINUTE, both)
    told = {each["group"]["queue"]: sorted(alert["slug"] for alert in each["alerts"]) for each in tower.channel.notices}
    assert told == {"aiQc": ["failed-jobs", "waiting-jobs"], "email": ["failed-jobs"]}
    assert len(tower.channel.notices) == 2


def test_news_of_a_group_wait_for_the_interval(tower):
    tower.go_on(MINUTE, BURST)
    assert tower.told() == [("news", "firing", ["failure-burst"])]
    tower.go_on(2 * MINUTE, with_queue(burst=12, counts={"failed": 11}))
    assert len(tower.channel.notices) == 1  # raised, and not told yet
    tower.go_on(4 * MINUTE)
    assert tower.told()[1:] == [("news", "firing", ["failed-jobs", "failure-burst"])]  # what is new comes first


def test_it_is_told_again_every_four_hours_until_somebody_looks_after_it(tower):
    tower.go_on(9 * HOUR, FAILED, every=MINUTE)
    assert tower.told() == [("news", "firing", ["failed-jobs"])] + [("repeat", "firing", ["failed-jobs"])] * 2
    [alert] = tower.book.firing()
    shown = tower.book.acknowledge(alert.id, by="user-1", comment="กำลังดู")
    assert shown.to_json()["acknowledged"] == {"by": "user-1", "at": "2026-11-02T14:00:00.000Z", "comment": "กำลังดู"}
    tower.go_on(9 * HOUR, every=MINUTE)
    assert len(tower.channel.notices) == 3
    assert tower.happened("acknowledged") == [("acknowledged", "failed-jobs")]


@pytest.mark.parametrize(("on", "off"), [(MINUTE, MINUTE), (3 * MINUTE, 14 * MINUTE), (10 * MINUTE, 5 * MINUTE)])
def test_the_page_count_of_a_days_mail_for_a_flapping_alert_is_one_and_not_hundreds(on, off):
    mail = NotedChannel("email", ("news", "repeat"))
    tower = Watchtower(mail)
    while tower.clock.now() < NOON + DAY - on - off:
        tower.go_on(on, BURST, every=MINUTE)
        tower.go_on(off, ALL_IS_WELL, every=MINUTE)
    assert [each["kind"] for each in mail.notices] == ["news"]
    assert tower.happened("raised", "flapping", "resolved") == [("raised", "failure-burst"), ("flapping", "failure-burst")]
    assert tower.book.firing()[0].returns > 50


def test_one_that_comes_and_goes_slowly_is_resolved_later_each_time_until_it_rests():
    mail = NotedChannel("email", ("news", "repeat"))
    tower = Watchtower(mail)
    while tower.clock.now() < NOON + DAY:
        tower.go_on(10 * MINUTE, BURST, every=MINUTE)
        tower.go_on(30 * MINUTE, ALL_IS_WELL, every=MINUTE)
    assert len(mail.notices) <= 5
    assert tower.book.firing()[0].flapping


def test_a_flapping_alert_is_told_again_the_next_day():
    mail = NotedChannel("email", ("news", "repeat"))
    tower = Watchtower(mail)
    while tower.clock.now() < NOON + DAY + HOUR:
        tower.go_on(MINUTE, BURST, every=MINUTE)
        tower.go_on(2 * MINUTE, ALL_IS_WELL, every=MINUTE)
    assert [each["kind"] for each in mail.notices] == ["news", "repeat"]


def test_what_nobody_knows_neither_raises_nor_resolves(tower):
    tower.go_on(3 * MINUTE, NO_WORKER)
    unknown = with_queue(workers=None)
    tower.go_on(5 * HOUR, unknown, every=MINUTE)
    assert tower.firing == [("worker-lost", "aiQc")]
    tower.go_on(20 * MINUTE, ALL_IS_WELL, every=MINUTE)
    tower.go_on(5 * HOUR, unknown, every=MINUTE)
    assert tower.firing == []


def test_redis_down_mutes_what_follows_from_it(tower):
    follows = with_queue(facts=REDIS_DOWN, counts={"waiting": 200}, waiting_for=2 * HOUR, idle_for=3 * HOUR)
    tower.go_on(2 * HOUR, follows, every=MINUTE / 2)
    assert {slug for slug, _ in tower.firing} == {"redis-down", "waiting-jobs", "queue-depth", "oldest-waiting", "no-progress"}
    slugs = {alert["slug"] for each in tower.channel.notices for alert in each["alerts"]}
    assert slugs == {"redis-down"}
    assert {alert.slug for alert in tower.book.firing() if not alert.inhibited_by} == {"redis-down"}
    tower.go_on(HOUR, with_queue(counts={"waiting": 200}), every=MINUTE / 2)  # Redis is back, the backlog is still there
    assert any("waiting-jobs" in slugs for _, _, slugs in tower.told())


def test_what_was_muted_until_it_had_gone_is_never_told(tower):
    tower.go_on(10 * MINUTE, replace(REDIS_DOWN, circuit_open_for=5 * MINUTE))
    assert {slug for slug, _ in tower.firing} == {"redis-down", "circuit-open"}
    tower.go_on(HOUR, ALL_IS_WELL)
    assert tower.told() == [("news", "firing", ["redis-down"]), ("news", "resolved", ["redis-down"])]


def test_failures_are_told_while_redis_is_down(tower):
    tower.go_on(3 * MINUTE, with_queue(facts=REDIS_DOWN, burst=12))
    assert {alert["slug"] for each in tower.channel.notices for alert in each["alerts"]} == {"redis-down", "failure-burst"}


def test_a_silence_keeps_matching_alerts_quiet_until_it_ends(tower):
    silence = tower.book.add_silence({"slug": "failed-*", "queue": "aiQc"}, until=NOON + HOUR, reason="ย้ายเครื่อง", author="user-1")
    tower.go_on(30 * MINUTE, with_queue("email", FAILED, counts={"failed": 11}), every=MINUTE)
    assert [each["group"]["queue"] for each in tower.channel.notices] == ["email"]
    quiet = next(alert for alert in tower.book.firing() if alert.queue == "aiQc")
    assert quiet.silenced_by == silence.id
    tower.go_on(40 * MINUTE, every=MINUTE)
    assert [each["group"]["queue"] for each in tower.channel.notices] == ["email", "aiQc"]


def test_a_silence_ends_early_or_is_moved(tower):
    silence = tower.book.add_silence({"queue": "aiQc"}, until=NOON + HOUR, reason="move", author="user-1")
    longer = tower.book.change_silence(silence.id, by="user-2", until=NOON + 2 * HOUR, reason="takes longer")
    assert (longer.until, longer.reason, longer.author) == (NOON + 2 * HOUR, "takes longer", "user-1")
    over = tower.book.expire_silence(silence.id, by="user-2")
    assert not over.active(tower.clock.now())
    assert list(tower.book.silences()) == []
    assert [each.id for each in tower.book.silences(past=True)] == [silence.id]
    assert tower.book.expire_silence(silence.id, by="user-2") == over
    with pytest.raises(Conflict, match="is over"):
        tower.book.change_silence(silence.id, by="user-2", reason="again")
    assert [what for what, _ in tower.happened()] == ["silenced", "silenced", "unsilenced"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"matchers": {}}, "matchers"),
        ({"matchers": {"queue": "*"}}, "matchers"),
        ({"matchers": {"queu": "aiQc"}}, "matchers.queu"),
        ({"until": NOON}, "until"),
        ({"until": NOON + timedelta(days=367)}, "until"),
        ({"starts": NOON + 2 * HOUR}, "until"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
    ],
)
def test_a_silence_that_is_wrong_is_refused_by_field(tower, changes, field):
    right = {"matchers": {"queue": "aiQc"}, "until": NOON + HOUR, "reason": "move", "author": "user-1"}
    with pytest.raises(InvalidInput) as caught:
        tower.book.add_silence(**right | changes)
    assert field in [error.field for error in caught.value.errors]


def test_what_nobody_acknowledges_is_escalated_once():
    desk, boss = NotedChannel("email", ("news", "repeat")), NotedChannel("escalation-email", ("escalation",))
    tower = Watchtower(desk, boss)
    tower.go_on(14 * MINUTE, BURST)
    assert boss.notices == []
    tower.go_on(HOUR)
    assert tower.told(boss) == [("escalation", "firing", ["failure-burst"])]
    assert tower.told(desk) == [("news", "firing", ["failure-burst"])]
    assert tower.happened("escalated") == [("escalated", "failure-burst")]


@pytest.mark.parametrize("calm", ["a warning", "acknowledged", "never"])
def test_what_is_looked_after_or_not_bad_is_not_escalated(calm):
    boss = NotedChannel("escalation-email", ("escalation",))
    tower = Watchtower(NotedChannel(), boss, ALERT_ESCALATE_S=0 if calm == "never" else 900)
    tower.go_on(3 * MINUTE, FAILED if calm == "a warning" else BURST)
    if calm == "acknowledged":
        tower.book.acknowledge(tower.book.firing()[0].id, by="user-1")
    tower.go_on(HOUR)
    assert boss.notices == []


def test_only_what_fires_is_acknowledged(tower):
    with pytest.raises(NotFound):
        tower.book.acknowledge("al_0", by="user-1")
    tower.look(FAILED)
    [pending] = tower.desk.alerts.open()
    with pytest.raises(Conflict, match="is pending"):
        tower.book.acknowledge(pending.id, by="user-1")


def test_an_acknowledgement_while_it_is_evaluated_is_not_lost(tower):
    tower.go_on(2 * MINUTE, FAILED)
    [alert] = tower.book.firing()
    tower.meanwhile = lambda: tower.book.acknowledge(alert.id, by="user-1")
    tower.look(with_queue(counts={"failed": 12}))
    assert tower.book.firing()[0].acknowledged.by == "user-1"


def test_an_alert_that_changes_while_it_is_told_is_still_escalated():
    class Meddling(MemoryStore):
        """Somebody writes into an alert just before its group is written."""

        def replace(self, collection, document, expected_version):
            if collection == "alert_groups":
                for alert in self.find("alerts", {"state": "firing"}):
                    self.set_fields("alerts", alert["id"], {"returns": 0})
            return super().replace(collection, document, expected_version)

    boss = NotedChannel("escalation-email", ("escalation",))
    tower = Watchtower(NotedChannel(), boss, store=Meddling())
    tower.go_on(30 * MINUTE, BURST, every=MINUTE)
    assert len(boss.notices) == 1


def test_two_that_evaluate_at_once_raise_and_tell_once():
    store = MemoryStore()
    first = Watchtower(store=store)
    second = Watchtower(first.channel, store=store, clock=first.clock)
    second.facts = first.facts = BURST
    for _ in range(20):
        first.clock.move(MINUTE / 4)
        first.look()
        second.look()
    assert first.told() == [("news", "firing", ["failure-burst"])]
    assert first.happened("raised") == [("raised", "failure-burst")]


def test_another_process_goes_on_where_one_ended():
    store = MemoryStore()
    first = Watchtower(store=store)
    first.go_on(MINUTE / 2, FAILED)  # pending
    second = Watchtower(store=store, clock=first.clock)
    second.go_on(2 * MINUTE, FAILED)
    assert second.told() == [("news", "firing", ["failed-jobs"])]
    third = Watchtower(store=store, clock=first.clock)
    third.go_on(HOUR, FAILED, every=MINUTE)
    assert third.told() == []


def test_a_document_store_that_goes_away_and_comes_back_costs_one_look(tower):
    tower.go_on(2 * MINUTE, FAILED)
    tower.store.away = True
    with pytest.raises(Unavailable):
        tower.look()
    tower.store.away = False
    tower.go_on(MINUTE)
    assert tower.firing == [("failed-jobs", "aiQc")]
    assert len(tower.channel.notices) == 1


def test_the_history_and_what_is_over_are_forgotten_after_their_time(tower):
    tower.go_on(2 * MINUTE, FAILED)
    tower.go_on(20 * MINUTE, ALL_IS_WELL)
    assert tower.book.page().items
    assert tower.happened()
    tower.clock.move(timedelta(days=91))
    tower.look()
    assert (list(tower.book.page().items), tower.happened()) == ([], [])
