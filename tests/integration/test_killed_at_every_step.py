"""A process dies before each single write of a submission: what was saved is done, once, and nothing is half there."""

import email
from contextlib import suppress
from datetime import timedelta
from email.policy import default

import pytest

from backend.adapters.documents.applications import DocumentApplications
from backend.adapters.memory.documents import MemoryStore
from backend.bootstrap import Parts, build
from backend.certification.actors import Actor
from backend.clock import FrozenClock
from backend.queues.records import JobState
from backend.queues.testing import submitted
from backend.settings import load
from tests.support.mortal_store import Killed, MortalStore
from tests.support.site import THE_DAY, sample

pytestmark = pytest.mark.slow
FARMER = Actor("farmer-1", "FARMER", "farmer@example.com", "A farmer")
PARTS = 6
HEALING_ROUNDS = 60
LOOK_EVERY_S = 5


class Street:
    """One process that dies at a given write of a submission, and the scheduler that goes on after it."""

    def __init__(self, folder, dies_before=None):
        self._folder = folder
        self._settings = load(DATA_DIR=folder, GACP_ENV="test", SECRET_KEY="k" * 32, OFFICER_EMAIL="office@example.com")
        self._kept = MemoryStore()
        self.clock = FrozenClock(THE_DAY)
        self.store = MortalStore(self._kept)
        self.services = self._process(self.store)
        self.id = self.services.certification.create(FARMER, sample()).id
        self.store.writes, self.store.dies_before = 0, dies_before
        with suppress(Killed):
            self.services.certification.submit(FARMER, self.id)

    def _process(self, store):
        return build(self._settings, Parts(clock=self.clock, store=store))

    @property
    def application(self):
        return DocumentApplications(self._kept).get(self.id)

    def heal(self):
        """What the scheduler does in the minutes after, in another process."""
        self.services = self._process(self._kept)
        platform = self.services.queue_platform
        for _ in range(HEALING_ROUNDS):
            self.services.certification.publish_pending()
            for _ in range(30 // LOOK_EVERY_S):
                self.clock.move(timedelta(seconds=LOOK_EVERY_S))
                platform.recovery.reap_lost()
            platform.recovery.run_due()
            platform.dead_letters.report_due()

    def jobs(self):
        return submitted(self.services.queue_platform)

    def letters(self):
        messages = [email.message_from_bytes(path.read_bytes(), policy=default) for path in (self._folder / "outbox").glob("*.eml")]
        return sorted(message["Subject"].split(" ")[0] + message["Message-ID"] for message in messages)

    def is_untouched(self):
        return self.application.status == "DRAFT" and self.jobs() == [] and self.letters() == []

    def is_done_once(self):
        ends = {job.id: [attempt.outcome for attempt in job.attempts].count("completed") for job in self.jobs()}
        assert {job.state for job in self.jobs()} == {JobState.COMPLETED}
        assert set(ends.values()) == {1}
        assert self.application.outbox == ()
        assert [entry.event for entry in self.application.history].count("submit") == 1
        assert sorted(link.variant for link in self.application.reports) == ["applicant", "officer"]
        assert {each.sync_status for each in self.services.inspections.of_application(self.id)} == {"SYNCED"}
        assert {effect["state"] for effect in self.services.replays.of(self.id)} == {"DONE"}
        return self.application.status == "IN_REVIEW"


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory):
    street = Street(tmp_path_factory.mktemp("unharmed"))
    assert street.is_done_once()
    return street


@pytest.mark.parametrize("part", range(PARTS))
def test_wherever_the_process_dies_all_is_done_once_or_nothing_was_begun(unharmed, tmp_path, part):
    for step in range(1 + part, unharmed.store.writes + 1, PARTS):
        street = Street(tmp_path / str(step), dies_before=step)
        was_saved = street.application.status != "DRAFT"
        street.heal()
        assert street.is_done_once() if was_saved else street.is_untouched(), step
        if was_saved:
            assert len(street.jobs()) == len(unharmed.jobs()), step
            assert len(street.letters()) == len(unharmed.letters()) == 3, step
