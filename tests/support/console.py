"""The console over a queue platform in memory: `gacp(desk)("jobs", "list")`."""

from types import SimpleNamespace

from click.testing import CliRunner
from structlog.testing import capture_logs

from backend.cli.main import cli
from backend.errors import NotFound, TemporaryFailure
from backend.queues.testing import drain
from backend.services.replays import EffectPreview
from tests.support.audit import audited
from tests.support.queues import run_errand


class Replays:
    """Every job about something would write one letter."""

    def preview(self, job_id, services):
        return self.planned(services.queues.get(job_id), services)

    def planned(self, job, services):
        if not job.subject:
            raise NotFound("There is no such application")
        return [EffectPreview("k", "letter", repeats=True)]


def console(desk):
    """Runs one command; `.audit` is where its acts are noted."""
    services = audited(
        queues=desk.service,
        queue_control=desk.control,
        job_control=desk.platform.job_control,
        queue_platform=desk.platform,
        replays=Replays(),
    )

    def run(*words, answer=None):
        with capture_logs():  # a real command writes its log elsewhere
            return CliRunner().invoke(cli, [str(word) for word in words], obj=SimpleNamespace(services=lambda: services), input=answer)

    run.audit = services.audit
    return run


def submit(desk, times=1, job_type=run_errand, **more):
    return [desk.service.submit(job_type, {"place": "x"}, **more).job_id for _ in range(times)]


def failed(desk, times=1, **more):
    ids = submit(desk, times, attempts=1, subject="app-1", **more)
    desk.errands.outcomes = [TemporaryFailure("busy")] * times
    drain(desk.platform)
    return ids
