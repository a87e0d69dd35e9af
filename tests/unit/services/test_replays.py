"""Before a job is run again it can be said what that would do to the outside."""

import pytest

from backend.errors import NotFound
from backend.queues.testing import submitted
from tests.support.site import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"), ENABLE_QUEUE="false")
    site.application_id = site.submitted(site.sign_in())
    yield site
    site.close()


def job_named(site, words):
    return next(job for job in submitted(site.services.queue_platform) if job.id.startswith(words))


def preview(site, words):
    return site.services.replays.preview(job_named(site, words).id, site.services)


@pytest.mark.parametrize(
    ("words", "kind"),
    [("send_letter-qc-completed", "letter"), ("make_report-officer", "report"), ("sync_appointment", "calendar")],
)
def test_what_a_finished_job_did_would_not_be_repeated(site, words, kind):
    (effect,) = preview(site, words)

    assert (effect.kind, effect.repeats) == (kind, False)
    assert effect.done_at.startswith("2026-11-02T")
    assert effect.to_json() == {"key": effect.key, "kind": kind, "wouldHappen": False, "doneAt": effect.done_at}


def test_what_the_preview_promises_is_what_a_second_run_does(site):
    job = job_named(site, "send_letter-qc-completed")
    answer = site.services.correspondence.send(**job.payload)

    assert answer["outcome"] == "ALREADY_SENT"
    assert {effect["kind"] for effect in site.services.replays.of(site.application_id)} == {"letter", "report", "calendar"}


def test_an_effect_that_is_not_there_yet_would_happen(site):
    site.services.queue_control.pause("report", by="admin")
    payload = {"application_id": site.application_id, "variant": "officer", "event_id": "another"}
    waiting = site.services.queues.submit("make_report", payload)

    (effect,) = site.services.replays.preview(waiting.job_id, site.services)
    assert (effect.kind, effect.repeats, effect.done_at) == ("report", True, None)


def test_a_job_that_touches_nothing_outside_has_no_effects(site):
    assert preview(site, "run_ai_qc") == []


def test_a_job_that_is_not_there_is_named(site):
    with pytest.raises(NotFound, match="no-such-job"):
        site.services.replays.preview("no-such-job", site.services)
