"""A scrape while four web and two worker processes run and restart: no counter goes back, and all of them add up."""

import signal
import threading

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from backend.bootstrap import build
from backend.settings import load
from tests.support.fleet import Fleet, wait_for

GROWING = ("_total", "_count", "_sum", "_bucket")


@pytest.fixture
def fleet(tmp_path):
    fleet = Fleet(tmp_path, web=4)
    yield fleet
    fleet.leave()


class Prometheus(threading.Thread):
    """Scrapes all the time and remembers each counter that went back."""

    def __init__(self, fleet):
        super().__init__(daemon=True)
        self._fleet = fleet
        self._done = threading.Event()
        self.scrapes = 0
        self.highest = {}
        self.went_back = []

    def run(self):
        while not self._done.is_set():
            self.scrape()

    def scrape(self):
        text = self._fleet.scrape()
        if text is None:
            return {}
        self.scrapes += 1
        found = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found[sample.name, *(sample.labels[name] for name in sorted(sample.labels))] = sample.value
        for name, value in found.items():
            if name[0].endswith(GROWING):
                if value < self.highest.get(name, 0):
                    self.went_back.append((name, self.highest[name], value))
                self.highest[name] = value
        return found

    def stop(self):
        self._done.set()
        self.join()


def submit(fleet, *, good=0, bad=0):
    """Another process, such as a second web machine, accepts jobs, and ends."""
    services = build(load(**fleet.variables))
    try:
        accepted = [services.queues.submit("clean_jobs", {}).job_id for _ in range(good)]
        for number in range(bad):
            letter = {"kind": "qc.completed", "application_id": f"none-{number}", "event_id": "e"}
            accepted.append(services.queues.submit("send_letter", letter, attempts=1).job_id)
        return accepted
    finally:
        services.close()


def run_in_the_web(fleet, job_ids):
    """Let the web processes run jobs; those that a worker has taken meanwhile run there."""
    for job_id in job_ids:
        secret = {"Authorization": "Bearer for-the-inside"}
        answer = requests.post(f"{fleet.base}/api/jobs/process", json={"jobId": job_id}, headers=secret, timeout=30)
        assert answer.status_code < 500, answer.text


def test_counters_never_go_back_and_add_up_while_processes_restart(fleet):
    workers = [fleet.worker(), fleet.worker()]
    prometheus = Prometheus(fleet)
    wait_for(lambda: prometheus.scrape().get(("workers_online", "report")) == 2 and len(fleet.web_children()) == 4)
    prometheus.start()

    run_in_the_web(fleet, submit(fleet, good=10, bad=5))
    fleet.stop(workers[0])
    submit(fleet, good=10)
    before = {child.pid for child in fleet.web_children()}
    fleet.gunicorn.send_signal(signal.SIGHUP)  # gunicorn replaces all of its children
    workers[0] = fleet.worker()
    run_in_the_web(fleet, submit(fleet, good=10, bad=5))
    wait_for(lambda: len(now := {child.pid for child in fleet.web_children()}) == 4 and not now & before)
    fleet.stop(workers[1])

    def ended():
        found = prometheus.highest
        return sum(found.get(("jobs_total", *labels), 0) for labels in (GOOD, BAD)) == 40

    wait_for(ended)
    wait_for(lambda: prometheus.highest["jobs_submitted_total", "queue", "email", "send_letter"] == 10)
    fleet.web_children()[0].kill()
    workers[0].kill()
    scraped = prometheus.scrapes
    wait_for(lambda: prometheus.scrapes > scraped + 4)
    prometheus.stop()
    found = wait_for(prometheus.scrape)
    assert prometheus.went_back == []
    assert prometheus.scrapes > 10
    assert (found["jobs_total", *GOOD], found["jobs_total", *BAD]) == (30, 10)
    assert found["jobs_submitted_total", "queue", "report", "clean_jobs"] == 30
    assert found["job_errors_total", "NotFound", "email", "send_letter"] == found["dead_letter_total", "email"] == 10
    for histogram in ("job_duration_seconds", "job_wait_seconds", "job_end_to_end_seconds"):
        assert found[f"{histogram}_count", "report", "clean_jobs"] == found[f"{histogram}_bucket", "+Inf", "report", "clean_jobs"] == 30
    assert found["job_attempts_total", "failed", "email", "send_letter"] == 10
    assert found["queue_depth", "report", "completed"] == 30


GOOD = ("report", "completed", "clean_jobs")
BAD = ("email", "failed", "send_letter")
