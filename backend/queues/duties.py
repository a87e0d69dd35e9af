"""The table of what keeps the queues going: what is done again and again, how often, and in which mode."""

from datetime import timedelta

from backend.queues.platform import QueuePlatform
from backend.queues.scheduling import Duty


def healing(platform: QueuePlatform) -> list[Duty]:
    """Everything that keeps accepted jobs moving; it runs whether or not recurring jobs are switched on."""
    always = [
        Duty("reap lost jobs", timedelta(seconds=2), platform.recovery.reap_lost),
        Duty("count due jobs as waiting", timedelta(milliseconds=500), platform.timers.fall_due),
        Duty("expire jobs", timedelta(seconds=1), platform.timers.expire),
        Duty("end pauses", timedelta(seconds=1), platform.timers.end_pauses),
        Duty("report dead letters", timedelta(seconds=5), platform.dead_letters.report_due),
        Duty("forget old numbers", timedelta(hours=1), platform.numbers.forget_old),
        Duty("go on with replays", timedelta(seconds=1), platform.dead.replaying.go_on),
        Duty("find causes that are in no book", timedelta(minutes=1), platform.dead.group_missing),
        Duty("group dead letters of older versions", timedelta(seconds=1), platform.dead.regrouping.go_on),
        Duty("forget old causes", timedelta(minutes=1), platform.dead.forget_old),
    ]
    if platform.outside.enable_queue:
        return [*_with_queue(platform), *always]
    # Without a queue nobody else would run a job that its caller could not finish, such as one of a web process that died.
    return [Duty("run due jobs", timedelta(seconds=2), platform.recovery.run_due), *always]


def recurring(platform: QueuePlatform) -> list[Duty]:
    """What makes recurring jobs come; it runs where `ENABLE_SCHEDULER` is true."""
    return [
        Duty("adopt schedules", timedelta(minutes=1), platform.schedules.adopt),
        Duty("fire schedules", timedelta(milliseconds=500), platform.firing.fire_due),
    ]


def _with_queue(platform: QueuePlatform) -> list[Duty]:
    outside = platform.outside
    return [
        Duty("promote due jobs", timedelta(milliseconds=250), lambda: outside.broker.promote_due(outside.clock.now())),
        Duty("reap deliveries", timedelta(seconds=5), platform.recovery.reap_in_flight),
        Duty("relay", timedelta(seconds=5), platform.recovery.relay),
    ]
