"""What the pages of rq-dashboard see of Redis: queues, jobs in their order, workers; whatever it holds is no accident."""

import pickle

import pytest

from backend.adapters.rq.window import RqWindow, open_window
from backend.adapters.rq.worker.presence import Presence
from backend.queues.errors import BrokerUnavailable
from backend.queues.window import REGISTRIES, Window
from backend.settings import load
from tests.support.redis_server import RedisServer
from tests.support.rq_site import WORKER, RqSite

pytestmark = pytest.mark.servers


@pytest.fixture
def site(tmp_path, redis_url):
    site = RqSite(tmp_path, redis_url)
    yield site
    site.close()


@pytest.fixture
def window(site):
    return site.services.window


def ids(found):
    return [job.id for job in found.jobs]


def test_every_place_is_counted_and_listed(site, window):
    for make in (site.take, site.finish, site.wait_in_line, site.schedule, site.fail):
        make(make.__name__)

    counts = window.counts()

    assert {registry for registry, count in counts["report"].items() if count} == {"queued", "started", "scheduled", "finished"}
    assert {registry: count for registry, count in counts["email"].items() if count} == {"failed": 1}
    for queue, numbers in counts.items():
        assert tuple(numbers) == REGISTRIES
        for registry, count in numbers.items():
            found = window.jobs(queue, registry, 0, 10)
            assert (found.total, len(found.jobs)) == (count, count)
    assert window.jobs("email", "failed", 0, 10).jobs[0].error == "InvalidInput"
    assert window.jobs("report", "scheduled", 0, 10).jobs[0].due_at is not None


def test_what_waits_is_listed_in_the_order_in_which_it_will_run(site, window):
    for name, priority in (("late", 9), ("first", 1), ("middle", 5), ("second", 1)):
        site.wait_in_line(name, priority=priority)

    assert ids(window.jobs("report", "queued", 0, 10)) == ["first", "second", "middle", "late"]
    assert [job.priority for job in window.jobs("report", "queued", 0, 10).jobs] == [1, 1, 5, 9]
    assert ids(window.jobs("report", "queued", 1, 2)) == ["second", "middle"]


def test_the_other_way_round_every_page_has_its_own_jobs(site, window):
    names = [site.wait_in_line(f"job-{number}", priority=number + 1) for number in range(5)]

    pages = [ids(window.jobs("report", "queued", first, 2, newest_first=True)) for first in (0, 2, 4, 6)]

    assert pages == [names[:2:-1], names[2:0:-1], names[:1], []]


def test_an_id_that_rqs_own_tools_put_into_the_list_is_shown(site, window, redis):
    site.wait_in_line("ours")
    redis.rpush("rq:queue:report", "theirs")

    assert ids(window.jobs("report", "queued", 0, 10)) == ["ours", "theirs"]
    assert window.jobs("report", "queued", 0, 10).jobs[1].status == ""


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("something was unpickled",))


def test_what_is_under_the_name_of_a_job_is_never_unpickled_and_never_an_error(site, window, redis):
    site.wait_in_line("pickled")
    redis.hset("rq:job:pickled", mapping={"data": pickle.dumps(Bomb()), "meta": pickle.dumps(Bomb()), "result": pickle.dumps(Bomb())})
    redis.hset("rq:job:pickled", mapping={"created_at": "yesterday", "rank": "\xff", "description": b"\xff\xfe"})
    redis.set("rq:results:pickled", "no stream")
    redis.set("rq:job:text", "no hash")

    assert window.job("pickled").created_at is None
    assert window.jobs("report", "queued", 0, 1).jobs[0].type == "\ufffd\ufffd"
    assert window.job("text") is None
    assert window.job("nobody") is None


def test_workers_are_seen_and_our_time_outs_stay_ours(site, window, redis):
    Presence("w-9", ["report"], redis).beat()
    assert [worker.name for worker in window.workers()] == ["w-9"]
    assert site.broker.redis.connection_pool.connection_kwargs["socket_timeout"] == 5.0


def test_a_worker_runs_what_its_turns_show_and_what_only_it_knows_of(site, window, redis):
    Presence(WORKER, ["report"], redis).beat()
    for name in ("b", "a"):
        site.take(name)
    redis.hset(f"rq:worker:{WORKER}", mapping={"unshown": '["c", "a"]', "jobs": '["old"]', "running": 7})
    [worker] = window.workers()
    assert (worker.jobs, worker.running) == (("a", "b", "c"), 3)


def test_names_of_workers_that_are_gone_show_nobody(window, redis):
    redis.sadd("rq:workers", "rq:worker:gone", "rq:worker:damaged")
    redis.set("rq:worker:damaged", "no hash")
    Presence("w-9", ["report"], redis).beat()
    redis.set("rq:worker:w-9:executions", "no set")
    assert [(worker.name, worker.jobs) for worker in window.workers()] == [("w-9", ())]


def test_the_place_of_a_job_is_told(site, window):
    for make in (site.take, site.finish, site.wait_in_line, site.schedule):
        make(make.__name__)
    site.wait_in_line("urgent", priority=1)
    site.fail("fail")
    places = {name: window.place(name, "report") for name in ("take", "finish", "wait_in_line", "schedule", "nobody")}
    assert {name: place.place for name, place in places.items()} == {
        "take": "inFlight",
        "finish": "finished",
        "wait_in_line": "waiting",
        "schedule": "delayed",
        "nobody": "nowhere",
    }
    assert window.place("fail", "email").place == "failed"
    assert (places["wait_in_line"].ahead, window.place("urgent", "report").ahead) == (1, 0)
    assert (len(places["take"].runs), places["take"].shown.worker) == (1, "w-1")
    assert places["nobody"].shown is None


def test_a_key_of_another_kind_is_an_outage_and_no_accident(window, redis):
    redis.set("rq:queue:report", "no list")
    with pytest.raises(BrokerUnavailable):
        window.counts()


def test_a_window_on_a_redis_that_hangs_gives_up(tmp_path):
    server = RedisServer(tmp_path)
    try:
        looking = open_window(load(ENABLE_QUEUE="true", REDIS_URL=server.url, REDIS_DEADLINE_MS="100"))
        assert set(looking.counts()["email"].values()) == {0}
        server.hang()
        for look in (looking.counts, looking.workers, lambda: looking.job("x"), lambda: looking.jobs("email", "queued", 0, 1)):
            with pytest.raises(BrokerUnavailable):
                look()
    finally:
        server.kill()
        looking.close()


@pytest.mark.parametrize("settings", [{"ENABLE_QUEUE": "false", "REDIS_URL": "redis://localhost:1"}, {"ENABLE_QUEUE": "true"}])
def test_there_is_no_window_where_jobs_do_not_go_to_redis(settings):
    assert open_window(load(**settings)) is None


def test_the_window_is_the_port():
    promised = {name for name in vars(Window) if not name.startswith("_")}
    assert {name for name in vars(RqWindow) if not name.startswith("_")} == promised | {"close"}
