"""Somebody has changed Redis by hand: ids without a job, keys that hold something else, lines that are gone."""

import pytest
from redis import Redis

from backend.adapters.rq import names
from backend.queues.names import QUEUES
from backend.queues.reconcile import Reconciler
from backend.queues.records import JobState
from backend.queues.recovery import GRACE
from backend.queues.testing import drain
from tests.support.queue_process import Work, platform_at, work

pytestmark = pytest.mark.servers


class Late:
    """The clock of the platform, some seconds ahead: everything has stood still for long enough."""

    def __init__(self, clock):
        self._clock = clock

    def now(self):
        return self._clock.now() + 2 * GRACE


@pytest.fixture
def redis(redis_url):
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def platform(redis_url, tmp_path):
    return platform_at(redis_url, tmp_path)


@pytest.fixture
def reconciler(platform):
    made = Reconciler(platform.outside)
    made._clock = Late(platform.outside.clock)
    return made


def submit(platform, name, **options):
    return platform.service.submit(work, Work(name=name), **options).job_id


def key(job_id):
    return f"{names.JOB_PREFIX}{job_id}"


def found(reconciler, **options):
    return {(each.kind, each.job_id) for each in reconciler.compare(**options).differences}


def test_every_kind_of_damage_is_seen_and_mended(platform, redis, reconciler):
    lost, unlisted, replaced = (submit(platform, name) for name in ("lost", "unlisted", "replaced"))
    delayed = submit(platform, "delayed", delay=60_000)
    fine = submit(platform, "fine")
    platform.outside.broker.forget("aiQc", [lost])
    redis.zrem(names.order_key("aiQc"), unlisted)
    redis.lrem(names.list_key("aiQc"), 0, unlisted)
    redis.zrem(names.delayed_key("aiQc"), delayed)
    redis.rpush(names.list_key("email"), "ghost")
    redis.rpush(names.in_flight_key("report"), "ghost-in-flight")
    redis.hset(key("ghost-hash"), mapping={"status": "queued", "origin": "email"})
    redis.set(key("garbage"), "not a hash")

    assert found(reconciler) == {
        ("missing", lost),
        ("missing", unlisted),
        ("missing", delayed),
        ("unknown", "ghost"),
        ("unknown", "ghost-in-flight"),
        ("unknown", "ghost-hash"),
        ("damaged", "garbage"),
    }
    assert reconciler.compare(fix=True).mended == 7
    assert found(reconciler) == set()
    assert {job.id for job in drain(platform)} == {lost, unlisted, replaced, fine}
    assert platform.service.get(delayed).state is JobState.DELAYED


def test_the_relay_brings_back_a_job_whose_hash_says_queued_although_it_is_in_no_line(platform, redis):
    job_id = submit(platform, "unlisted")
    redis.delete(names.list_key("aiQc"), names.order_key("aiQc"), names.marks_key("aiQc"))

    assert set(platform.outside.broker.missing([job_id, "other"])) == {job_id, "other"}


@pytest.mark.parametrize("damage", ["a string in place of the hash", "no hash", "a ghost before it"])
def test_a_damaged_entry_stops_no_queue(platform, redis, damage):
    first, second = submit(platform, "first"), submit(platform, "second")
    if damage == "a string in place of the hash":
        redis.set(key(first), "garbage")
    elif damage == "no hash":
        redis.delete(key(first))
    else:
        redis.lpush(names.list_key("aiQc"), "ghost")

    drain(platform)

    assert {platform.service.get(each).state for each in (first, second)} == {JobState.COMPLETED}
    assert list(platform.outside.broker.in_flight()) == []
    assert platform.outside.broker.take(QUEUES, 0) is None
