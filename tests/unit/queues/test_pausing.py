"""A pause says who, why and until when; it ends by itself where it was for a time."""

from datetime import timedelta

from backend.adapters.documents.pauses import PAUSES, DocumentPauses
from backend.queues.duties import healing
from backend.queues.ports import Pause
from backend.queues.testing import drain
from tests.support.queues import NOON, Desk, run_errand

HOUR = timedelta(hours=1)


def test_a_pause_says_who_since_when_why_and_until_when():
    desk = Desk()
    desk.control.pause("email", by="u-1", reason="the mail server is being replaced", length=HOUR)
    assert desk.control.pauses() == [Pause("email", "u-1", NOON, "the mail server is being replaced", NOON + HOUR)]


def test_a_pause_for_a_time_is_over_in_the_moment_that_was_said_also_without_a_scheduler():
    desk = Desk()
    desk.control.pause("aiQc", length=HOUR)
    job_id = desk.service.submit(run_errand, {"place": "x"}).job_id
    desk.clock.move(HOUR - timedelta(milliseconds=1))
    assert (drain(desk.platform), desk.control.paused()) == ([], ["aiQc"])
    desk.clock.move(timedelta(milliseconds=1))
    assert (desk.control.paused(), desk.control.pauses()) == ([], [])
    assert [job.id for job in drain(desk.platform)] == [job_id]


def test_the_scheduler_tells_once_that_a_pause_is_over_and_leaves_the_others():
    desk = Desk()
    heard = []
    desk.platform.events.on("resumed", heard.append)
    desk.control.pause("aiQc", length=HOUR)
    desk.control.pause("email")
    assert desk.platform.timers.end_pauses() == 0
    desk.clock.move(HOUR)
    assert [desk.platform.timers.end_pauses() for _ in range(2)] == [1, 0]
    assert [(event.queue, event.arguments["by"]) for event in heard] == [("aiQc", "timer")]
    assert desk.control.paused() == ["email"]
    assert "end pauses" in [duty.name for duty in healing(desk.platform)]


def test_pausing_again_changes_the_reason_and_the_end():
    desk = Desk()
    desk.control.pause("aiQc", by="u-1", length=HOUR)
    desk.clock.move(timedelta(minutes=5))
    desk.control.pause("aiQc", by="u-2", reason="longer than thought")
    [pause] = desk.control.pauses()
    assert (pause.by, pause.reason, pause.until) == ("u-2", "longer than thought", None)


def test_a_pause_written_by_an_earlier_version_still_holds():
    desk = Desk()
    desk.store.insert(PAUSES, {"id": "report", "by": "u-1", "at": NOON})
    assert DocumentPauses(desk.store).list() == [Pause("report", "u-1", NOON)]
    assert desk.control.paused() == ["report"]
