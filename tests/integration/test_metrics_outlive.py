"""What ended in each minute outlives the process that saw it."""

from datetime import timedelta

from backend.bootstrap import Parts, build
from backend.clock import FrozenClock
from backend.settings import load
from backend.telemetry import metrics
from tests.support.queues import NOON


def test_the_numbers_of_a_process_that_has_ended_are_there_in_the_next(tmp_path):
    settings = load(GACP_ENV="test", DATA_DIR=str(tmp_path), ENABLE_QUEUE="false")
    before = build(settings, Parts(clock=FrozenClock(NOON)))
    for _ in range(3):
        before.queues.submit("clean_jobs", {})
    before.close()

    after = build(settings, Parts(clock=FrozenClock(NOON + timedelta(minutes=2))))
    [queue] = {job.queue for job in after.queues.list().items}
    assert after.queue_control.metrics(queue).data == [0, 3]
    counted = {sample.labels: sample.value for sample in after.metrics.samples().of(metrics.JOBS)}
    assert counted[queue, "clean_jobs", "completed"] == 3
    after.close()
