"""`gacp doctor`: looks at everything, sends test jobs through, and says what is wrong and what to do."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import click

from backend.cli.asking import as_json_option
from backend.errors import Misconfigured
from backend.services.doctor.checks import Check, Finding, Verdict
from backend.services.doctor.examining import Examination, examine, refused
from backend.services.doctor.table import choose, every_check

SUBJECTS = {
    "configuration": "การตั้งค่า · Configuration",
    "machine": "เครื่อง · This machine",
    "servers": "เซิร์ฟเวอร์ · Servers",
    "versions": "รุ่น · Versions",
    "workers": "ผู้ทำงาน · Workers and scheduler",
    "queues": "คิว · Queues",
    "web": "เว็บ · Web",
    "outside": "ภายนอก · Mail, calendar, AI",
    "jobs": "งานทดสอบ · Test jobs",
    "accidents": "กรณีผิดพลาด · Error scenarios",
}
_LOOKS = {"ok": ("ok", "green"), "warning": ("WARNING", "yellow"), "failed": ("FAILED", "red"), "skipped": ("skipped", "bright_black")}
_WIDTH = 24


def _names(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


@click.command("doctor", short_help="Find out what is wrong with everything, and what to do.")
@click.option("--only", default="", callback=_names, metavar="NAME,…", help="Only these checks or subjects, such as redis or workers.")
@click.option("--skip", default="", callback=_names, metavar="NAME,…", help="Not these checks or subjects.")
@click.option("--quick", is_flag=True, help="Only look: send no test jobs.")
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0.5, 300), default=10.0, show_default=True, help="Seconds to wait for one thing."
)
@click.option(
    "--probes", type=click.IntRange(1, 1000), default=20, show_default=True, help="So many test jobs at once for the check `concurrency`."
)
@click.option("--list", "list_only", is_flag=True, help="Name the checks and make none.")
@as_json_option
@click.pass_context
def command(
    context: click.Context,
    *,
    only: Sequence[str],
    skip: Sequence[str],
    quick: bool,
    timeout_s: float,
    probes: int,
    list_only: bool,
    as_json: bool,
) -> None:
    """Examine settings, servers, workers, queues and web, send a test job of every type, and say what to do.

    Ends with 1 where a check failed; warnings do not count.

    Test jobs go the way of every job and do nothing outside: no letter, no appointment, no report. They are removed afterwards, and
    count in no number, alert or dead letter. Works while servers are away or hang, and before anything has been started.
    """
    try:
        patient = context.obj.patient(timeout_s, probes)
    except Misconfigured as error:  # nothing else can be looked at, and a program wants to read that, too
        found = refused(error, at=datetime.now(UTC))
        _Telling(1, as_json=as_json).done(found.findings[0])
        _say_end(found, as_json=as_json)
        context.exit(1)
    checks = choose(every_check(patient.registry), only=only, skip=skip, quick=quick)
    if list_only:
        _say_list(checks, as_json=as_json)
        return
    told = _Telling(len(checks), as_json=as_json)
    found = examine(checks, patient, at=datetime.now(UTC), begun=told.begun, done=told.done)
    _say_end(found, as_json=as_json)
    context.exit(0 if found.healthy else 1)


def _say_end(found: Examination, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    else:
        _say_summary(found)


class _Telling:
    """Prints each finding when it is there, and on a terminal what is being looked at."""

    def __init__(self, total: int, *, as_json: bool) -> None:
        self._total = total
        self._as_json = as_json
        self._number = 0
        self._subject = ""
        self._cure = ""
        self._skipped: Verdict | None = None
        self._watched = sys.stderr.isatty()

    def begun(self, check: Check) -> None:
        self._number += 1
        self._hint(f"[{self._number}/{self._total}] {check.subject}: {check.name} …")

    def done(self, finding: Finding) -> None:
        self._hint("")
        if self._as_json:
            return
        if finding.subject != self._subject:
            self._subject, self._skipped = finding.subject, None
            click.secho(f"\n{SUBJECTS.get(finding.subject, finding.subject)}", bold=True)
        click.echo(line(finding, seen="as above" if finding.verdict == self._skipped else ""))
        self._skipped = finding.verdict if finding.status == "skipped" else self._skipped
        if finding.verdict.cure not in {"", self._cure}:
            click.echo(f"{'':<9}{'':<{_WIDTH}} → {finding.verdict.cure}")
        self._cure = finding.verdict.cure

    def _hint(self, text: str) -> None:
        if self._watched:
            click.echo(f"\r\033[K{text}", nl=False, err=True)


def line(finding: Finding, *, seen: str = "") -> str:
    """One finding for people."""
    word, colour = _LOOKS[finding.status]
    return f"{click.style(f'{word:<8}', fg=colour)} {finding.name:<{_WIDTH}} {seen or finding.verdict.seen}"


def _say_summary(found: Examination) -> None:
    counts = ", ".join(f"{number} {status}" for status, number in found.summary.items() if number)
    verdict = "ปกติ · Healthy" if found.healthy else "พบปัญหา · Something is wrong"
    click.echo(f"\n{verdict}: {counts}, in {found.took_ms / 1000:.1f} s")
    first = found.first_failure
    if first is not None:
        click.echo(f"เริ่มที่ · Begin with: {first.name}: {first.verdict.seen} → {first.verdict.cure}")


def _say_list(checks: Sequence[Check], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([{"name": each.name, "subject": each.subject, "sendsJobs": each.slow} for each in checks], indent=1))
        return
    say: Callable[[str], None] = click.echo
    for each in checks:
        say(f"{each.subject:<14} {each.name:<28} {'sends test jobs' if each.slow else ''}".rstrip())
