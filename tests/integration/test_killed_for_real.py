"""A web process is killed (SIGKILL) before and after each single write of a submission: all of it is done, once, or nothing."""

import os
import signal
import subprocess
import sys

import pytest

from backend.queues.testing import drain
from tests.support.doomed_process import FARMER
from tests.support.outage_site import OutageSite
from tests.support.site import sample
from tests.support.stack import ROOT, eventually

pytestmark = [pytest.mark.servers, pytest.mark.slow]
STEPS_AT_MOST = 60
JOBS = {
    "run_ai_qc": 1,
    "send_letter application.submitted": 1,
    "send_letter qc.completed": 1,
    "send_letter new-application": 1,
    "make_report applicant": 1,
    "make_report officer": 1,
}


class Street:
    """One site on which many web processes die, each over an application of its own, and one scheduler and worker after them."""

    def __init__(self, folder, url):
        self.site = OutageSite(folder, url)
        self.services = self.site.services
        self.writes = 0
        self.dead = []

    def submit_and_die(self, step, side):
        """Whether the process got killed there; otherwise it got through."""
        application_id = self.services.certification.create(FARMER, sample()).id
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        command = [sys.executable, "-m", "tests.support.doomed_process", str(step), side, application_id]
        ended = subprocess.run(command, cwd=ROOT, env=kept | self.site.variables, capture_output=True, text=True, timeout=60, check=False)
        if ended.returncode == 0:
            self.writes = int(ended.stdout.split()[-1])
            return False
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        self.dead.append((step, side, application_id))
        return True

    def application(self, application_id):
        return self.services.certification.get(FARMER, application_id)

    def heal(self):
        """What scheduler and worker do in the half minute after."""
        eventually(self._healed, lambda left: not left, seconds=60)

    def _healed(self):
        platform = self.services.queue_platform
        self.services.certification.publish_pending()
        platform.recovery.reap_lost()
        platform.recovery.relay()
        drain(platform)
        unheard = [each for _, _, each in self.dead if self.application(each).outbox]
        unfinished = [each for _, _, each in self.dead if self.application(each).status not in {"DRAFT", "IN_REVIEW"}]
        return len(unheard) + len(unfinished) + self.site.work_left()

    @property
    def drafts(self):
        return [each for _, _, each in self.dead if self.application(each).status == "DRAFT"]

    def is_untouched(self, application_id):
        found = self.application(application_id)
        return (found.outbox, self.site.jobs(application_id), self.site.letters(application_id)) == ((), {}, [])

    def is_done_once(self, application_id):
        found = self.application(application_id)
        assert self.site.jobs(application_id) == {**JOBS, "sync_appointment": len(self.services.inspections.of_application(application_id))}
        assert [entry.event for entry in found.history].count("submit") == 1
        assert sorted(link.variant for link in found.reports) == ["applicant", "officer"]
        assert len(self.site.letters(application_id)) == len(set(self.site.letters(application_id))) == 2
        assert {effect["state"] for effect in self.services.replays.of(application_id)} == {"DONE"}
        return found.status == "IN_REVIEW"


@pytest.fixture(scope="module")
def street(valkey_url, tmp_path_factory):
    street = Street(tmp_path_factory.mktemp("street"), valkey_url)
    step = 1
    while step <= STEPS_AT_MOST and all(street.submit_and_die(step, side) for side in ("before", "after")):
        step += 1
    street.heal()
    assert street.drafts, "the first to die saved nothing"
    yield street
    street.services.close()


def test_every_write_to_the_store_and_to_redis_was_the_last_of_one_process(street):
    assert 6 <= street.writes < STEPS_AT_MOST
    assert [(step, side) for step, side, _ in street.dead] == [
        (step, side) for step in range(1, street.writes + 1) for side in ("before", "after")
    ]


def test_what_was_not_saved_was_never_accepted_left_nothing_and_can_be_submitted_again(street):
    drafts = street.drafts
    assert drafts == [each for _, _, each in street.dead[: len(drafts)]], "what was saved stays so"
    assert all(street.is_untouched(each) for each in drafts)
    for each in drafts:
        street.services.certification.submit(FARMER, each)
    street.heal()
    assert all(street.is_done_once(each) for each in drafts)


def test_whatever_was_saved_is_done_once_after_the_scheduler_has_healed_it(street):
    saved = [each for _, _, each in street.dead if each not in street.drafts]
    assert len(saved) > len(street.dead) / 2
    assert all(street.is_done_once(each) for each in saved)
